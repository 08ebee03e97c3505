/**
 * Which view of the history is meant: what the address asks for, and what follows from it. The
 * server reads addresses by the same rules; nothing here knows how a view looks.
 */
import { addMonths, dayNumber, dayText, monthOf, monthStart, weekday } from './civil';
import type { Grain, Kind, MeasureInfo } from './types';

/** The parameters of an address, in the order in which they are written. */
export const NAMES = [
  'line',
  'measure',
  'volume',
  'range',
  'end',
  'from',
  'until',
  'grain',
  'kind',
  'compare',
  'as',
  'overlay',
  'hours',
  'zone',
  'lang',
] as const;
export type Name = (typeof NAMES)[number];

/** What an address says; all else follows. */
export type Asked = Partial<Record<Name, string>>;

export const RANGES = ['1d', '1w', '1m', '3m', '6m', 'ytd', '1y', 'max'] as const;
export type Range = (typeof RANGES)[number];
export const GRAINS: readonly Grain[] = ['interval', 'half_hour', 'hour', 'day', 'week', 'month'];
export const OVERLAYS = ['mean7', 'band', 'xmr'] as const;

/** A view with everything said. Days are numbers, both included. */
export interface View {
  line: string;
  measure: MeasureInfo;
  volume: MeasureInfo | null;
  /** None when own dates are shown. */
  range: Range | null;
  from: number;
  until: number;
  grain: Grain;
  grainIsAsked: boolean;
  kind: Kind;
  compare: string;
  as: 'absolute' | 'percent';
  overlay: string[];
  hours: 'open' | 'all';
  zone: 'centre' | 'visitor';
}

/** What resolving needs to know besides the address. */
export interface Known {
  measures: MeasureInfo[];
  firstDay: number;
  lastDay: number;
  today: number;
}

/** Data that ended longer ago than this many days is shown where it ended. */
const ENDED_DAYS = 7;
/** The measures of a box, by any of them: one in ten, half, nine in ten, all. */
const BOXES = ['wait', 'wait_customer'].map((stem) =>
  ['p10', 'median', 'p90', 'max'].map((end) => `${stem}_${end}`),
);

export function boxOf(measure: string): string[] | undefined {
  return BOXES.find((ids) => ids.includes(measure));
}

export function readAsked(query: string): Asked {
  const given = new URLSearchParams(query);
  const asked: Asked = {};
  for (const name of NAMES) {
    const value = given.get(name);
    if (value) asked[name] = value;
  }
  return asked;
}

/** The query of an address, with its question mark; empty when nothing is asked. */
export function writeAsked(asked: Asked): string {
  const query = new URLSearchParams();
  for (const name of NAMES) {
    const value = asked[name];
    if (value) query.set(name, value);
  }
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('*', '%2A');
  return text && `?${text}`;
}

/** What is asked for after a change; a range and own dates exclude each other. */
export function change(asked: Asked, changes: Asked): Asked {
  const next = { ...asked, ...changes };
  if (changes.range) {
    delete next.from;
    delete next.until;
  }
  if (changes.from || changes.until) {
    delete next.range;
    delete next.end;
  }
  // A finer or coarser picture was asked for that range, not for every other one.
  const isOtherRange = changes.range ?? changes.from ?? changes.until;
  if (isOtherRange && !changes.grain) delete next.grain;
  for (const name of NAMES) if (!next[name]) delete next[name];
  return next;
}

/** What is asked for, without what would be shown anyway. */
export function tidy(asked: Asked, known: Known): Asked {
  let kept = asked;
  for (const name of NAMES) {
    const { [name]: _, ...without } = kept;
    const isNeeded =
      name === 'lang' || JSON.stringify(resolve(without, known)) !== JSON.stringify(resolve(kept, known));
    if (!isNeeded) kept = without;
  }
  return kept;
}

export function resolve(asked: Asked, known: Known): View {
  const find = (id: string | undefined): MeasureInfo | undefined =>
    known.measures.find((one) => one.id === id);
  const box = asked.kind === 'box' ? boxOf(asked.measure ?? '') : undefined;
  const measure = find(box?.[1]) ?? find(asked.measure) ?? known.measures[0];
  if (!measure) throw new Error('no measures');
  const { range, from, until } = span(asked, known);
  const grain = GRAINS.find((name) => name === asked.grain);
  const usable = grain && !isFiner(grain, measure.finest) ? grain : undefined;
  const days = until - from + 1;
  const overlay = OVERLAYS.filter((name) => asked.overlay?.split(',').includes(name));
  // Control limits are drawn on weeks.
  const forLimits = overlay.includes('xmr') && days >= 56 && days <= 1_100 ? 'week' : undefined;
  const shown = usable ?? forLimits ?? usualGrain(days, measure);
  const usualKind = measure.is_count ? 'bars' : 'line';
  const isBox = asked.kind !== 'box' || box;
  return {
    line: measure.whole_centre_only ? '*' : (asked.line ?? '*'),
    measure,
    volume: volumeOf(asked, measure, known),
    range,
    from,
    until,
    grain: shown,
    grainIsAsked: (usable ?? forLimits) !== undefined,
    kind: isBox ? pick(asked.kind, ['line', 'bars', 'box'], usualKind) : usualKind,
    compare: asked.compare === 'none' ? '' : (asked.compare ?? ''),
    as: pick(asked.as, ['absolute', 'percent'], 'absolute'),
    overlay,
    hours: pick(asked.hours, ['open', 'all'], isWithinDay(shown) ? 'open' : 'all'),
    zone: pick(asked.zone, ['centre', 'visitor'], 'centre'),
  };
}

function pick<T extends string>(asked: string | undefined, known: readonly T[], usual: T): T {
  return known.find((name) => name === asked) ?? usual;
}

function volumeOf(asked: Asked, measure: MeasureInfo, known: Known): MeasureInfo | null {
  if (asked.volume === 'none') return null;
  const usual = measure.is_count ? undefined : 'attempts';
  const id = asked.volume ?? usual;
  return known.measures.find((other) => other.id === id && other.is_count && other.within_day) ?? null;
}

function span(asked: Asked, known: Known): Pick<View, 'range' | 'from' | 'until'> {
  const day = (text: string | undefined): number | undefined => {
    const number = dayNumber(text ?? '');
    return Number.isNaN(number) ? undefined : number;
  };
  const from = day(asked.from);
  const until = day(asked.until);
  if (from !== undefined || until !== undefined) {
    const last = until ?? Math.max(lastDayOf(null, known), from ?? 0);
    const first = from ?? addMonths(last, -1) + 1;
    return { range: null, from: Math.min(first, last), until: Math.max(first, last) };
  }
  const range = pick(asked.range, RANGES, '1m');
  const end = day(asked.end) ?? lastDayOf(range, known);
  return { range, from: Math.min(firstDayOf(range, end, known), end), until: end };
}

/** Today; the last day with data where the data ended earlier. */
function lastDayOf(range: Range | null, { lastDay, today }: Known): number {
  if (lastDay >= today) return today;
  return today - lastDay > ENDED_DAYS || range === '1d' ? lastDay : today;
}

function firstDayOf(range: Range, end: number, known: Known): number {
  switch (range) {
    case '1d':
      return end;
    case '1w':
      return end - 6;
    case '1m':
      return addMonths(end, -1) + 1;
    case '3m':
      return addMonths(end, -3) + 1;
    case '6m':
      return addMonths(end, -6) + 1;
    case 'ytd':
      return monthStart(Math.floor(monthOf(end) / 12) * 12);
    case '1y':
      return addMonths(end, -12) + 1;
    case 'max':
      return known.firstDay;
  }
}

export function isWithinDay(grain: Grain): boolean {
  return grain === 'interval' || grain === 'half_hour' || grain === 'hour';
}

function isFiner(grain: Grain, than: Grain): boolean {
  return GRAINS.indexOf(grain) < GRAINS.indexOf(than);
}

/** The grain that follows a range of so many days. */
export function usualGrain(days: number, { finest }: MeasureInfo): Grain {
  const suits = suitable(days);
  return isFiner(suits, finest) ? finest : suits;
}

function suitable(days: number): Grain {
  if (days <= 14) return days <= 2 ? 'interval' : 'hour';
  if (days <= 184) return 'day';
  return days <= 1_100 ? 'week' : 'month';
}

/** The next coarser grain, if there is one. */
export function coarser(grain: Grain): Grain | undefined {
  return GRAINS[GRAINS.indexOf(grain) + 1];
}

/** Own dates for a stretch of days; all of the data is the range of that name. */
export function askDays(asked: Asked, from: number, until: number, known: Known): Asked {
  if (from <= known.firstDay && until >= known.lastDay) return change(asked, { range: 'max', end: '' });
  return change(asked, { from: dayText(from), until: dayText(until) });
}

/** Weeks and months are shown whole: the day on which the first one begins. */
function wholeFrom({ grain, from }: View): number {
  if (grain === 'week') return from - weekday(from);
  return grain === 'month' ? monthStart(monthOf(from)) : from;
}

/** The query of `/api/v1/series` for a measure of the view. */
export function seriesQuery(view: View, measure: string, lang: string, isMain: boolean): string {
  const query = new URLSearchParams({
    line: view.line,
    measure,
    grain: view.grain,
    from: dayText(wholeFrom(view)),
    to: dayText(view.until + 1),
    lang,
    format: 'columns',
  });
  if (isMain && view.compare) query.set('compare', view.compare);
  if (isMain && view.overlay.length > 0) query.set('overlay', view.overlay.join(','));
  return query.toString();
}
