// Of every day first the promise, then the record that was promised, and no day left out.

import { documentOf, documentPath, type Look, leafPath, type Told } from './check';
import { ofHex, toHex } from './text';
import { sha256 } from './tree';

const DAY_MS = 86_400_000;

/** Days since 1970 of `2026-11-21`; none for anything else. */
export function dayNumber(text: string): number | undefined {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text) return undefined;
  return at / DAY_MS;
}

export async function checkDays(look: Look): Promise<void> {
  const promised = new Map<number, Told>();
  const opened = new Set<number>();
  let last: number | undefined;
  for (const told of look.of('day_commitment', 'day_opening')) {
    const day = dayNumber(told.subject);
    if (day === undefined) {
      look.fault(leafPath(told.number), 'day');
    } else if (told.kind === 'day_commitment') {
      if (told.version !== 1 || (last !== undefined && day !== last + 1))
        look.fault(leafPath(told.number), 'day');
      last = day;
      promised.set(day, told);
    } else {
      opened.add(day);
      const promise = promised.get(day);
      if (!promise || !(await isKept(look, told, promise))) look.fault(leafPath(told.number), 'day');
    }
  }
  const newest = Math.max(...opened);
  for (const [day, told] of promised) {
    if (!opened.has(day) && day < newest) look.fault(leafPath(told.number), 'day');
  }
  look.counts.days = opened.size;
}

async function isKept(look: Look, told: Told, promise: Told): Promise<boolean> {
  const record = look.files.get(documentPath(documentOf(told, 'record') ?? ''));
  const salt = ofHex(told.members.salt, 32);
  if (!record || !salt) return false;
  if (look.document(documentOf(told, 'record'))?.get('day') !== told.subject) return false;
  return toHex(await sha256(salt, record)) === promise.members.commitment;
}
