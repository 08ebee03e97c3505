// The page `/verify`: reads the record, checks it, and says in words what was found.

import { type Code, check, type Head, isHead, type Report } from './verify/check';
import { load } from './verify/load';
import { canCheckSignatures } from './verify/sign';
import { parsed } from './verify/text';

/** More are not listed: the first ones say enough. */
const MOST_FAULTS = 20;

async function ask(path: string): Promise<Uint8Array | undefined> {
  const answer = await fetch(`/${path}`, { cache: 'no-cache' });
  if (answer.status >= 500) throw new Error(path);
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
}

async function keptHead(input: HTMLInputElement): Promise<Head | undefined> {
  const file = input.files?.[0];
  if (!file) return undefined;
  const text = (await file.text()).trim();
  const head = parsed(new TextEncoder().encode(text));
  if (!isHead(head)) throw new RangeError(file.name);
  return head;
}

function start(form: HTMLFormElement): void {
  const verdict = form.querySelector<HTMLElement>('#verdict');
  const faults = form.querySelector<HTMLElement>('#faults');
  const input = form.querySelector<HTMLInputElement>('#kept');
  const button = form.querySelector<HTMLButtonElement>('button');
  if (!verdict || !faults || !input || !button) return;
  const word = (name: string) => form.dataset[name] ?? '';
  const sentence = (code: Code) => form.querySelector(`[data-fault="${code}"]`)?.textContent ?? code;

  const tell = (report: Report, signatures: boolean) => {
    const isSound = report.faults.length === 0;
    const counts = word('counts').replace(
      /\{(\w+)\}/g,
      (_, name: keyof Report['counts']) => `${report.counts[name]}`,
    );
    const parts = [word(isSound ? 'sound' : 'wrong'), `${counts}.`, signatures ? '' : word('noSignatures')];
    verdict.textContent = parts.filter(Boolean).join(' ');
    verdict.className = isSound ? 'is-sound' : 'is-wrong';
    for (const { place, code } of report.faults.slice(0, MOST_FAULTS)) {
      const item = document.createElement('li');
      item.textContent = `${place}: ${sentence(code)}`;
      faults.append(item);
    }
  };

  const run = async () => {
    button.disabled = true;
    faults.replaceChildren();
    verdict.className = '';
    verdict.textContent = word('reading');
    try {
      const kept = await keptHead(input);
      const files = await load(ask);
      verdict.textContent = word('checking');
      const signatures = await canCheckSignatures();
      tell(
        await check(files, { someProofs: true, noSignatures: !signatures, ...(kept && { kept }) }),
        signatures,
      );
    } catch (error) {
      verdict.className = 'is-wrong';
      verdict.textContent = word(error instanceof RangeError ? 'badHead' : 'notReached');
    }
    button.disabled = false;
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });
  form.hidden = false;
}

const form = document.querySelector<HTMLFormElement>('#verify');
if (form) start(form);
