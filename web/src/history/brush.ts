/** The arithmetic of the brush: two handles over the days there are data of. */

export interface Days {
  from: number;
  until: number;
}

export type Handle = 'from' | 'until';

/** How many days a key moves a handle, or where to; undefined for other keys. */
export function keyMove(key: string, handle: Handle, shown: Days, bounds: Days): number | undefined {
  const at = shown[handle];
  const steps: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageDown: at - 28,
    PageUp: at + 28,
    Home: handle === 'from' ? bounds.from : shown.from,
    End: handle === 'until' ? bounds.until : shown.until,
  };
  return steps[key];
}

/** The days shown after a handle was put somewhere: it stays inside and does not pass the other. */
export function moveHandle(handle: Handle, to: number, shown: Days, bounds: Days): Days {
  const day = Math.round(to);
  return handle === 'from'
    ? { from: Math.min(Math.max(day, bounds.from), shown.until), until: shown.until }
    : { from: shown.from, until: Math.max(Math.min(day, bounds.until), shown.from) };
}

/** The days shown after the stretch between the handles was moved, as long as before. */
export function moveBoth(by: number, shown: Days, bounds: Days): Days {
  const length = shown.until - shown.from;
  const highest = Math.max(bounds.from, bounds.until - length);
  const from = Math.min(Math.max(Math.round(shown.from + by), bounds.from), highest);
  return { from, until: from + length };
}

/** Where a day begins on the brush, as a part of its width. */
export function placeOf(day: number, bounds: Days): number {
  const part = (day - bounds.from) / (bounds.until + 1 - bounds.from);
  return Math.min(1, Math.max(0, part));
}

/** The day at a place of the brush. */
export function dayAt(place: number, bounds: Days): number {
  const day = bounds.from + Math.floor(place * (bounds.until + 1 - bounds.from));
  return Math.min(bounds.until, Math.max(bounds.from, day));
}
