// Every week has its edition or is listed as missed, and its versions follow one another.

import { documentOf, type Look, leafPath } from './check';

const WEEK_MS = 7 * 86_400_000;

/** The week of `2026-W46`, counted from some Monday; none for anything else. */
export function weekNumber(text: string): number | undefined {
  const match = /^(\d{4})-W(\d\d)$/.exec(text);
  const [year, week] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || week < 1) return undefined;
  const first = firstMonday(year);
  const monday = first + (week - 1) * WEEK_MS;
  return monday < firstMonday(year + 1) ? Math.round((monday - firstMonday(1970)) / WEEK_MS) : undefined;
}

/** The Monday of the week with 4 January in it. */
function firstMonday(year: number): number {
  const fourth = Date.UTC(year, 0, 4);
  const weekday = (new Date(fourth).getUTCDay() + 6) % 7;
  return fourth - (weekday * WEEK_MS) / 7;
}

export function checkWeeks(look: Look): void {
  const versions = new Map<number, number>();
  for (const told of look.of('edition', 'correction', 'missed_slot')) {
    const place = leafPath(told.number);
    const week = weekNumber(told.subject);
    if (week === undefined) {
      look.fault(place, 'week');
      continue;
    }
    const before = versions.get(week) ?? 0;
    const isMissed = told.kind === 'missed_slot';
    versions.set(week, isMissed ? before : before + 1);
    if (isMissed) {
      look.counts.missed += 1;
      continue;
    }
    if (told.version === 1) look.counts.editions += 1;
    const isFirst = told.kind === 'edition' || told.version > 1;
    const isOwn = look.document(documentOf(told, 'facts'))?.get('week') === told.subject;
    if (told.version !== before + 1 || !isFirst || !isOwn) look.fault(place, 'week');
  }
  const weeks = [...versions.keys()].sort((one, other) => one - other);
  for (const [at, week] of weeks.entries()) {
    const before = weeks[at - 1];
    if (before !== undefined && week !== before + 1) look.fault(`${week - before - 1} × `, 'gap');
  }
}
