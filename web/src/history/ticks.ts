/**
 * Where the time axis is marked. Slots stand side by side whatever time lies between them, so marks
 * are put where a new hour, day, week, month or year begins, on the finest of these that has room.
 */
import { monthOf, weekday } from './civil';
import type { Calendar } from './frame';
import type { Grain } from './types';

export interface Tick {
  /** Abscissa: the middle of a slot, or the edge before it. */
  place: number;
  text: string;
  /** A day, month or year begins that the marks before it did not belong to. */
  isMajor: boolean;
}

/** How parts of a date are written; the arguments are local. */
export interface DateWriter {
  time(localSecs: number): string;
  weekdayDay(day: number): string;
  dayMonth(day: number): string;
  month(month: number): string;
  year(month: number): string;
}

/** Characters of an average date label are about this wide. */
const LETTER_PX = 7;
const GAP_PX = 18;

interface Level {
  secs: number;
  /** Changes where a new stretch begins. */
  key: (local: number, day: number, month: number) => number;
  text: (calendar: Calendar, slot: number, before: number | null, write: DateWriter) => [string, boolean];
}

const num = (row: Float64Array | Int32Array, slot: number): number => row[slot] ?? 0;

const clock = (secs: number): Level => ({
  secs,
  key: (local) => Math.floor(local / secs),
  text: ({ local, day }, slot, before, write) => {
    const isNewDay = before === null || num(day, before) !== num(day, slot);
    return isNewDay ? [write.weekdayDay(num(day, slot)), true] : [write.time(num(local, slot)), false];
  },
});

const days = (count: number): Level => ({
  secs: count * 86_400,
  key: (_, day) => (count % 7 === 0 ? Math.floor((day - weekday(day)) / count) : Math.floor(day / count)),
  text: ({ day, month }, slot, before, write) => {
    const isNewMonth = before === null || num(month, before) !== num(month, slot);
    const text = count < 7 && !isNewMonth ? write.weekdayDay(num(day, slot)) : write.dayMonth(num(day, slot));
    return [text, isNewMonth];
  },
});

const months = (count: number): Level => ({
  secs: count * 30.4 * 86_400,
  key: (_, __, month) => Math.floor(month / count),
  text: ({ month }, slot, before, write) => {
    const year = (at: number): number => Math.floor(num(month, at) / 12);
    const isNewYear =
      count >= 12 || (before === null ? num(month, slot) % 12 === 0 : year(before) !== year(slot));
    return isNewYear ? [write.year(num(month, slot)), count < 12] : [write.month(num(month, slot)), false];
  },
});

const HOUR = 3600;
const LEVELS: Level[] = [
  clock(HOUR / 4),
  clock(HOUR / 2),
  clock(HOUR),
  clock(2 * HOUR),
  clock(3 * HOUR),
  clock(6 * HOUR),
  days(1),
  days(2),
  days(7),
  days(14),
  months(1),
  months(3),
  months(6),
  months(12),
  months(24),
  months(60),
  months(120),
];

const GRAIN_SECS: Record<Grain, number> = {
  interval: 900,
  half_hour: 1800,
  hour: 3600,
  day: 86_400,
  week: 7 * 86_400,
  month: 28 * 86_400,
};

/** Marks for slots `first` to `last` on an axis `px` wide. */
export function ticks(
  calendar: Calendar,
  grain: Grain,
  span: { first: number; last: number },
  px: number,
  write: DateWriter,
): Tick[] {
  const own = GRAIN_SECS[grain];
  const slots = span.last - span.first + 1;
  for (const level of LEVELS) {
    // Looked at only where it may have room: at least about 30 pixels a mark.
    if (level.secs < own || ((slots * own) / level.secs) * 30 > px * 2) continue;
    const marks = marksOf(level, calendar, grain, span, write);
    const widest = Math.max(0, ...marks.map(({ text }) => text.length)) * LETTER_PX + GAP_PX;
    if (marks.length * widest <= px || level === LEVELS.at(-1)) return apart(marks, px / slots);
  }
  return [];
}

function marksOf(
  level: Level,
  calendar: Calendar,
  grain: Grain,
  { first, last }: { first: number; last: number },
  write: DateWriter,
): Tick[] {
  const isOwn = level.secs === GRAIN_SECS[grain] || (grain === 'month' && level.secs < 31 * 86_400);
  const marks: Tick[] = [];
  let before: number | null = null;
  for (const slot of beginnings(level, calendar, grain)) {
    if (slot < first) continue;
    if (slot > last) break;
    const [text, isMajor] = level.text(calendar, slot, before, write);
    marks.push({ place: isOwn ? slot : slot - 0.5, text, isMajor });
    before = slot;
  }
  return marks;
}

/** Slots on which a stretch begins, by level; looked for once, however often the view is moved. */
const found = new WeakMap<Calendar, Map<Level, number[]>>();

function beginnings(level: Level, calendar: Calendar, grain: Grain): number[] {
  const known = found.get(calendar) ?? new Map<Level, number[]>();
  found.set(calendar, known);
  const old = known.get(level);
  if (old) return old;
  const { local, day, month } = calendar;
  const slots: number[] = [];
  let key = keyBefore(level, num(local, 0) - GRAIN_SECS[grain]);
  for (let slot = 0; slot < local.length; slot += 1) {
    const before = key;
    key = level.key(num(local, slot), num(day, slot), num(month, slot));
    // What was open before the first slot is unknown, but a first day is always named.
    if (key !== before || (slot === 0 && level.secs <= 86_400)) slots.push(slot);
  }
  known.set(level, slots);
  return slots;
}

function keyBefore(level: Level, local: number): number {
  const day = Math.floor(local / 86_400);
  return level.key(local, day, monthOf(day));
}

/** Drops marks that would touch the one before, the lesser of the two. */
function apart(marks: Tick[], pxPerSlot: number): Tick[] {
  const half = ({ text }: Tick): number => (text.length * LETTER_PX) / 2;
  const kept: Tick[] = [];
  for (const mark of marks) {
    const last = kept.at(-1);
    const isTooNear =
      last !== undefined && (mark.place - last.place) * pxPerSlot < half(last) + half(mark) + GAP_PX / 3;
    if (!isTooNear) kept.push(mark);
    else if (mark.isMajor && !last.isMajor) kept[kept.length - 1] = mark;
  }
  return kept;
}
