/** What the server writes of a view besides the chart: fetched as a page, put in place of the old. */
import type { PageData } from './types';

/** Parts are the elements with this attribute; its value pairs old and new ones. */
const PART = 'data-part';

/** The data block of a page. */
export function dataOf(page: Document): PageData | null {
  const text = page.querySelector('#history-data')?.textContent;
  return text ? (JSON.parse(text) as PageData) : null;
}

export async function fetchPage(address: string): Promise<Document> {
  const response = await fetch(address, { headers: { accept: 'text/html' } });
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  return new DOMParser().parseFromString(await response.text(), 'text/html');
}

/** Puts the new parts in place of the old ones, leaving alone what is the same, open or in use. */
export function replaceParts(fresh: Document): void {
  for (const part of fresh.querySelectorAll(`[${PART}]`)) {
    const old = document.querySelector(`[${PART}="${part.getAttribute(PART)}"]`);
    if (!old || old.innerHTML === part.innerHTML) continue;
    const opened = [...old.querySelectorAll('details')].map(({ open }) => open);
    const focused = focusable(old).findIndex((element) => element.matches(':focus'));
    old.replaceChildren(...part.childNodes);
    for (const [index, details] of [...old.querySelectorAll('details')].entries()) {
      details.open = opened[index] ?? false;
    }
    if (focused >= 0) focusable(old)[focused]?.focus({ preventScroll: true });
  }
}

function focusable(root: Element): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('a, button, summary, [tabindex]')];
}
