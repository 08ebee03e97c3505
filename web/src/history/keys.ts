/** The keyboard on the chart: which key means what, and where the crosshair goes. Pure. */
import { type Frame, lowest } from './frame';
import { isWithinDay } from './view';

export type Command = { go: number } | 'in' | 'out' | 'reset' | 'leave' | undefined;

/** What a key asks for, with the crosshair on `slot` and slots `first` to `last` in view. */
export function command(
  key: string,
  slot: number | null,
  view: { first: number; last: number },
  shown: Frame,
): Command {
  const last = shown.slots.length - 1;
  const go = (to: number): Command => ({ go: Math.min(last, Math.max(0, to)) });
  switch (key) {
    case 'ArrowLeft':
      return go(slot === null ? view.last : slot - 1);
    case 'ArrowRight':
      return go(slot === null ? view.first : slot + 1);
    case 'Home':
      return go(view.first);
    case 'End':
      return go(view.last);
    case 'PageUp':
      return go(leap(shown, slot ?? view.last, -1));
    case 'PageDown':
      return go(leap(shown, slot ?? view.first, 1));
    case '+':
    case '=':
      return 'in';
    case '-':
    case '−':
      return 'out';
    case '0':
      return 'reset';
    case 'Escape':
      return slot === null ? 'reset' : 'leave';
    default:
      return undefined;
  }
}

const DAY_SECS = 86_400;

/** A day on within days, a week on by days, a quarter by weeks, a year by months. */
function leap(shown: Frame, slot: number, direction: 1 | -1): number {
  const { grain } = shown.answer;
  if (grain === 'week') return slot + 13 * direction;
  if (grain === 'month') return slot + 12 * direction;
  const days = isWithinDay(grain) ? 1 : 7;
  const { local } = shown.calendar;
  // By the clock, not by counting: days have 23 or 25 hours, and closed hours may be left out.
  const wanted = (local[slot] ?? 0) + direction * days * DAY_SECS;
  const found = lowest(local.length, (other) => (local[other] ?? 0) >= wanted);
  return found === slot ? slot + direction : found;
}
