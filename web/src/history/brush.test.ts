import { expect, test } from 'vitest';
import { dayAt, keyMove, moveBoth, moveHandle, placeOf } from './brush';

const bounds = { from: 100, until: 199 };
const shown = { from: 150, until: 179 };

test('keys move a handle by a day or four weeks, or to the end of its way', () => {
  const to = (key: string): number | undefined => keyMove(key, 'from', shown, bounds);
  expect(['ArrowLeft', 'ArrowUp', 'PageDown', 'Home', 'End'].map(to)).toEqual([149, 151, 122, 100, 179]);
  expect(keyMove('End', 'until', shown, bounds)).toBe(199);
  expect(to('x')).toBeUndefined();
});

test('a handle stays inside and does not pass the other', () => {
  expect(moveHandle('from', 500, shown, bounds)).toEqual({ from: 179, until: 179 });
  expect(moveHandle('from', -500, shown, bounds).from).toBe(100);
  expect(moveHandle('until', 500, shown, bounds).until).toBe(199);
});

test('the stretch moves as a whole and stops at the ends', () => {
  expect(moveBoth(-10.4, shown, bounds)).toEqual({ from: 140, until: 169 });
  expect(moveBoth(1000, shown, bounds)).toEqual({ from: 170, until: 199 });
});

test('places and days agree', () => {
  for (const day of [100, 150, 199]) expect(dayAt(placeOf(day, bounds) + 0.001, bounds)).toBe(day);
  expect([placeOf(0, bounds), placeOf(999, bounds)]).toEqual([0, 1]);
});
