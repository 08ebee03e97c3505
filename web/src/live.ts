/**
 * Keeps an open page fresh. The page is complete without it.
 *
 * Words live in one place, on the server: at each tick of the live feed the part of the page that
 * changes is fetched as HTML, in the page's own language, and put in place of the old one. What is
 * said about it to a screen reader is the verdict, and only when it has changed.
 */
import { backoffMs } from './backoff';
import { yourTime } from './zone';

const FEED = '/api/v1/live';
/** The server renders once in this time; asking more often would bring the same. */
const TICK_MS = 5_000;
/** Without a frame for this long the connection is taken for lost. */
const SILENCE_MS = 20_000;

const live = document.querySelector<HTMLElement>('#live');
if (live?.dataset.fragment) follow(live, live.dataset.fragment);
showYourTime();

function follow(page: HTMLElement, address: string): void {
  let feed: EventSource | undefined;
  let failures = 0;
  let retry: number | undefined;
  let silence: number | undefined;
  let lastTick = Math.floor(Date.now() / TICK_MS);

  const hear = (): void => {
    failures = 0;
    window.clearTimeout(silence);
    silence = window.setTimeout(lose, SILENCE_MS);
    const tick = Math.floor(Date.now() / TICK_MS);
    if (tick === lastTick) return;
    lastTick = tick;
    void refresh(page, address);
  };
  const stop = (): void => {
    feed?.close();
    feed = undefined;
    window.clearTimeout(retry);
    window.clearTimeout(silence);
  };
  const lose = (): void => {
    stop();
    sayLost(page);
    // The browser's own reconnection comes after a fixed delay, the same for everybody.
    retry = window.setTimeout(start, backoffMs(failures, Math.random()));
    failures += 1;
  };
  const start = (): void => {
    stop();
    feed = new EventSource(FEED);
    feed.onmessage = hear;
    feed.onerror = lose;
  };
  // Nobody looks at a hidden page: it costs neither battery nor connections.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      stop();
    } else {
      void refresh(page, address);
      start();
    }
  });
  if (!document.hidden) start();
}

async function refresh(page: HTMLElement, address: string): Promise<void> {
  const slot = page.querySelector<HTMLElement>('.answer')?.dataset.slot;
  // The quiet time this page has named stays named as long as it is one.
  const kept = slot ? `&slot=${encodeURIComponent(slot)}` : '';
  try {
    const response = await fetch(address + kept);
    if (!response.ok) throw new Error(String(response.status));
    replace(new DOMParser().parseFromString(await response.text(), 'text/html'));
    sayFound();
  } catch {
    sayLost(page);
  }
}

/** Puts the new parts in place of the old ones, leaving alone what is the same or in use. */
function replace(fresh: Document): void {
  const before = verdict();
  const answer = document.querySelector('.answer');
  const freshAnswer = fresh.querySelector('.answer');
  for (const name of ['class', 'data-slot', 'data-at']) {
    const value = freshAnswer?.getAttribute(name);
    if (value) answer?.setAttribute(name, value);
    else answer?.removeAttribute(name);
  }
  for (const part of fresh.querySelectorAll<HTMLElement>('[data-part]')) {
    const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old || old.innerHTML === part.innerHTML) continue;
    const opened = old.querySelector('details[open]') !== null;
    const focused = old.contains(document.activeElement) ? focusPath(old) : -1;
    old.replaceChildren(...part.childNodes);
    if (opened) old.querySelector('details')?.setAttribute('open', '');
    if (focused >= 0) focusable(old)[focused]?.focus({ preventScroll: true });
  }
  showYourTime();
  const now = verdict();
  const announce = document.querySelector('#announce');
  if (announce && now !== before) announce.textContent = now;
}

function focusable(root: Element): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('a, summary, [tabindex]')];
}

function focusPath(root: Element): number {
  const active = document.activeElement;
  return active instanceof HTMLElement ? focusable(root).indexOf(active) : -1;
}

function verdict(): string {
  return document.querySelector('.verdict')?.textContent ?? '';
}

function sayLost(page: HTMLElement): void {
  const lost = document.querySelector<HTMLElement>('#lost');
  const shown = document.querySelector('.trust time')?.textContent ?? '';
  const text = `${page.dataset.lost} ${shown}.`;
  if (!lost || lost.textContent === text) return;
  lost.textContent = text;
  lost.hidden = false;
}

function sayFound(): void {
  const lost = document.querySelector<HTMLElement>('#lost');
  if (!lost || lost.hidden) return;
  lost.hidden = true;
  lost.textContent = '';
}

/** Where the visitor's clock shows something else than the centre's, both are said. */
function showYourTime(): void {
  const note = document.querySelector<HTMLElement>('[data-yourtime]');
  const zone = live?.dataset.zone?.replaceAll(' ', '_');
  const instant = document.querySelector<HTMLElement>('.answer')?.dataset.at;
  if (!note || !zone || !instant) return;
  const text = yourTime(new Date(instant), zone, undefined, document.documentElement.lang);
  note.hidden = text === undefined;
  if (text !== undefined) note.textContent = `${text} ${live?.dataset.yours}`;
}
