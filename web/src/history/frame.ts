/**
 * The series as it is drawn: one slot a point, side by side, without the closed hours if those are
 * left out. Values stay as they were published; only `drawn` is turned into percents where asked.
 */
import { monthOf, type Zone } from './civil';
import type { Answer, Box, Change, Columns, Overlays } from './types';

/** Local time of each slot. */
export interface Calendar {
  /** Seconds as if the local clock were UTC. */
  local: Float64Array;
  day: Int32Array;
  month: Int32Array;
}

export interface Frame {
  answer: Answer;
  /** Index in the answer's columns of each slot. */
  at: number[];
  /** 0, 1, 2 … : the abscissa. */
  slots: number[];
  start: number[];
  end: number[];
  value: (number | null)[];
  n: (number | null)[];
  mark: string[];
  under: (number | null)[];
  atLeast: (number | null)[];
  /** What the ordinate shows: values, or percents of something. */
  drawn: (number | null)[];
  compared: (number | null)[];
  comparedN: (number | null)[];
  change: Change[];
  mean7: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  calendar: Calendar;
}

type Row = (number | null)[];

/** With `percentOf`, in percent of the comparison, or of that answer's first value where there is none. */
export function frame(answer: Answer, hours: 'open' | 'all', zone: Zone, percentOf?: Answer): Frame {
  const { columns } = answer;
  const at = slotsOf(answer, hours);
  const value = at.map((index) => columns.value[index] ?? null);
  const compare = answer.compare ?? null;
  const target = compare?.target ?? null;
  const compared = at.map((index) => compare?.columns?.value[index] ?? target);
  const row = (source: Row | undefined): Row => at.map((index) => source?.[index] ?? null);
  const start = at.map((index) => columns.start[index] ?? 0);
  const shown: Frame = {
    answer,
    at,
    slots: at.map((_, slot) => slot),
    start,
    end: at.map((index) => columns.end[index] ?? 0),
    value,
    n: row(columns.n),
    mark: at.map((index) => columns.mark[index] ?? ''),
    under: at.map((index) => columns.under?.[index] ?? null),
    atLeast: at.map((index) => columns.at_least?.[index] ?? null),
    drawn: value,
    compared,
    comparedN: row(compare?.columns?.n),
    change: at.map((index) => compare?.change[index] ?? null),
    mean7: row(answer.overlays?.mean7),
    low: row(answer.overlays?.band?.low),
    high: row(answer.overlays?.band?.high),
    calendar: calendarOf(start, zone),
  };
  return percentOf ? inPercent(shown, percentOf) : shown;
}

/** The points that get a slot; a range that is closed throughout keeps them all. */
function slotsOf({ columns, shut }: Answer, hours: 'open' | 'all'): number[] {
  const all = columns.start.map((_, index) => index);
  if (hours === 'all') return all;
  const closed = new Set(shut);
  const open = all.filter((index) => !closed.has(index));
  return open.length > 0 ? open : all;
}

function inPercent(shown: Frame, whole: Answer): Frame {
  const { value, compared } = shown;
  const part = (a: number | null | undefined, b: number | null | undefined): number | null =>
    a == null || b == null || b === 0 ? null : (100 * a) / b;
  // A target is a line over the values, not what they are compared with one by one.
  if (shown.answer.compare?.columns?.value.some((other) => other !== null)) {
    const hundred = compared.map((other) => (other ? 100 : null));
    const none = value.map(() => null);
    const drawn = value.map((own, slot) => part(own, compared[slot]));
    return { ...shown, drawn, compared: hundred, mean7: none, low: none, high: none };
  }
  const first = whole.columns.value.find((own) => own !== null && own !== 0);
  const rebased = (row: Row): Row => row.map((own) => part(own, first));
  return {
    ...shown,
    drawn: rebased(value),
    compared: rebased(compared),
    mean7: rebased(shown.mean7),
    low: rebased(shown.low),
    high: rebased(shown.high),
  };
}

function calendarOf(start: number[], zone: Zone): Calendar {
  const local = Float64Array.from(start, (at) => zone.local(at));
  const day = Int32Array.from(local, (at) => Math.floor(at / 86_400));
  const month = new Int32Array(day.length);
  for (let slot = 0; slot < day.length; slot += 1) {
    const isSameDay = slot > 0 && day[slot] === day[slot - 1];
    month[slot] = isSameDay ? (month[slot - 1] ?? 0) : monthOf(day[slot] ?? 0);
  }
  return { local, day, month };
}

/** Another measure's values in the slots of a frame, found by their instants. */
export function inSlotsOf(shown: Frame, columns: Columns, source: Row = columns.value): Row {
  const index = new Map(columns.start.map((start, at) => [start, at]));
  return shown.start.map((start) => {
    const at = index.get(start);
    return at === undefined ? null : (source[at] ?? null);
  });
}

export interface BoxRows {
  p10: Row;
  p90: Row;
  max: Row;
}

export function boxRows(shown: Frame, box: Box | null): BoxRows | null {
  if (!box) return null;
  return {
    p10: inSlotsOf(shown, box.p10.columns),
    p90: inSlotsOf(shown, box.p90.columns),
    max: inSlotsOf(shown, box.max.columns),
  };
}

/** The slots of a stretch of time: the first that ends after it begins, the last that begins before it ends. */
export function slotsBetween(shown: Frame, from: number, to: number): { first: number; last: number } {
  const { start, end } = shown;
  let first = lowest(start.length, (slot) => (end[slot] ?? 0) > from);
  const last = lowest(start.length, (slot) => (start[slot] ?? 0) >= to) - 1;
  first = Math.min(first, Math.max(0, start.length - 1));
  return { first, last: Math.max(first, last) };
}

/** The lowest slot of which something holds, given that it then holds of all that follow. */
export function lowest(length: number, holds: (slot: number) => boolean): number {
  let [below, above] = [0, length];
  while (below < above) {
    const middle = (below + above) >> 1;
    if (holds(middle)) above = middle;
    else below = middle + 1;
  }
  return below;
}

/**
 * An answer, with the points of a wider one before and after it, so that there is something to see
 * when the view is moved. Figures of the range as a whole stay those of the answer itself.
 */
export function surrounded(exact: Answer, wide: Answer): Answer {
  const own = exact.columns;
  const [begin, close] = [own.start[0] ?? 0, own.end.at(-1) ?? 0];
  const before = wide.columns.end.findLastIndex((end) => end <= begin) + 1;
  const found = wide.columns.start.findIndex((start) => start >= close);
  const after = found < 0 ? wide.columns.start.length : found;
  if (wide.grain !== exact.grain || own.start.length === 0) return exact;
  const join = <T>(inner: T[] | undefined, outer: T[] | undefined, blank: T): T[] => {
    const side = (from: number, to: number): T[] =>
      outer ? outer.slice(from, to) : new Array<T>(to - from).fill(blank);
    const middle = inner ?? new Array<T>(own.start.length).fill(blank);
    return [...side(0, before), ...middle, ...side(after, wide.columns.start.length)];
  };
  const joinColumns = (inner: Columns, outer: Columns | undefined): Columns => ({
    start: join(inner.start, outer?.start, 0),
    end: join(inner.end, outer?.end, 0),
    value: join(inner.value, outer?.value, null),
    n: join(inner.n, outer?.n, null),
    mark: join(inner.mark, outer?.mark, ''),
    under: bounds(inner.under, outer?.under),
    at_least: bounds(inner.at_least, outer?.at_least),
  });
  const shift = before + own.start.length - after;
  type Bounds = Record<string, number>;
  const bounds = (inner: Bounds | undefined, outer: Bounds | undefined): Bounds => {
    const joined: Bounds = {};
    for (const [key, bound] of Object.entries(outer ?? {})) {
      const at = Number(key);
      if (at < before) joined[at] = bound;
      if (at >= after) joined[at + shift] = bound;
    }
    for (const [key, bound] of Object.entries(inner ?? {})) joined[Number(key) + before] = bound;
    return joined;
  };
  const joined: Answer = {
    ...exact,
    columns: joinColumns(own, wide.columns),
    shut: [
      ...(wide.shut ?? []).filter((index) => index < before),
      ...(exact.shut ?? []).map((index) => index + before),
      ...(wide.shut ?? []).filter((index) => index >= after).map((index) => index + shift),
    ],
  };
  const { compare, overlays } = exact;
  if (compare) {
    const outer = wide.compare;
    joined.compare = {
      ...compare,
      columns: compare.columns && joinColumns(compare.columns, outer?.columns ?? undefined),
      change: join(compare.change, outer?.change, null),
    };
  }
  if (overlays) joined.overlays = joinOverlays(overlays, wide.overlays ?? {}, before, join);
  return joined;
}

type Join = <T>(inner: T[] | undefined, outer: T[] | undefined, blank: T) => T[];

function joinOverlays(own: Overlays, outer: Overlays, before: number, join: Join): Overlays {
  const { mean7, band, xmr } = own;
  return {
    ...(mean7 && { mean7: join(mean7, outer.mean7, null) }),
    ...(band && {
      band: {
        weeks: band.weeks,
        low: join(band.low, outer.band?.low, null),
        high: join(band.high, outer.band?.high, null),
      },
    }),
    ...(xmr && {
      xmr: { ...xmr, signals: xmr.signals.map(({ index, rule }) => ({ index: index + before, rule })) },
    }),
  };
}

/** Days, both included, that slots cover. */
export function daysOf(shown: Frame, first: number, last: number, zone: Zone): [number, number] {
  return [zone.day(shown.start[first] ?? 0), zone.day((shown.end[last] ?? 1) - 1)];
}
