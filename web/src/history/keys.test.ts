import { expect, test } from 'vitest';
import { dayNumber, Zone } from './civil';
import { frame } from './frame';
import { command } from './keys';
import { answer, columns } from './testing';

const paris = new Zone('Europe/Paris');
const view = { first: 2, last: 20 };

/** A month of days through the night in which the clocks go back. */
function october() {
  const first = dayNumber('2026-10-15');
  const days = columns(new Array(30).fill(1));
  days.start = days.start.map((_, day) => paris.dayStart(first + day));
  days.end = days.start.map((_, day) => paris.dayStart(first + day + 1));
  return frame(answer(days), 'all', paris);
}

test('arrows move by a point and stop at the ends', () => {
  const shown = october();
  expect(command('ArrowRight', 5, view, shown)).toEqual({ go: 6 });
  expect(command('ArrowLeft', 0, view, shown)).toEqual({ go: 0 });
  expect(command('ArrowRight', 29, view, shown)).toEqual({ go: 29 });
});

test('without a crosshair, arrows begin at the edge of what is in view', () => {
  const shown = october();
  expect(command('ArrowRight', null, view, shown)).toEqual({ go: 2 });
  expect(command('ArrowLeft', null, view, shown)).toEqual({ go: 20 });
  expect([command('Home', 9, view, shown), command('End', 9, view, shown)]).toEqual([{ go: 2 }, { go: 20 }]);
});

test('Page Up and Page Down leap by a week, also over the change of clocks', () => {
  const shown = october();
  expect(command('PageDown', 5, view, shown)).toEqual({ go: 12 });
  expect(command('PageUp', 12, view, shown)).toEqual({ go: 5 });
});

test('within days they leap by a day, whatever is closed between', () => {
  const start = paris.dayStart(dayNumber('2026-11-02'));
  const hours = answer(columns(new Array(72).fill(1), start, 3600), 'hour');
  hours.shut = hours.columns.start.flatMap((_, hour) => (hour % 24 < 8 || hour % 24 >= 20 ? [hour] : []));
  const shown = frame(hours, 'open', paris);
  expect(shown.slots).toHaveLength(36);
  expect(command('PageDown', 3, view, shown)).toEqual({ go: 15 });
});

test('Escape takes the crosshair away first, then the zoom; other keys are not ours', () => {
  const shown = october();
  expect(command('Escape', 4, view, shown)).toBe('leave');
  expect(command('Escape', null, view, shown)).toBe('reset');
  expect([command('+', 4, view, shown), command('-', 4, view, shown)]).toEqual(['in', 'out']);
  expect(command('Tab', 4, view, shown)).toBeUndefined();
});
