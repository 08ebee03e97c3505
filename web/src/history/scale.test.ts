import { expect, test } from 'vitest';
import { boxTop, decimalsOf, envelope, extremes, roundScale, stepsOf } from './scale';

test('a scale has round steps and holds the highest value', () => {
  expect(roundScale(87, 4, false)).toEqual({ bottom: 0, top: 100, step: 25 });
  expect(stepsOf(roundScale(0.7, 4, false))).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
  expect(roundScale(100, 4, false).top).toBe(100);
});

test('counts have no halves, and nothing at all still has a scale', () => {
  expect(stepsOf(roundScale(3, 4, true))).toEqual([0, 1, 2, 3]);
  expect(stepsOf(roundScale(0, 4, true))).toEqual([0, 1]);
});

test('a scale that need not begin at nought begins below the lowest', () => {
  expect(roundScale(130, 4, false, 85)).toEqual({ bottom: 80, top: 140, step: 20 });
});

test('values below nought have room', () => {
  expect(roundScale(40, 4, false, -35)).toEqual({ bottom: -40, top: 40, step: 20 });
});

test('steps are written with the decimals that tell them apart', () => {
  expect([1, 0.5, 0.25, 2.5].map(decimalsOf)).toEqual([0, 1, 2, 1]);
});

test('a few boxes far above the others leave the picture', () => {
  const p90 = Array.from({ length: 40 }, (_, slot) => (slot === 7 ? 1_200 : 10));
  const max = p90.map((top) => top * 2);
  expect(boxTop({ p90, max }, 0, 39)).toBe(25);
  expect(boxTop({ p90, max }, 8, 39)).toBe(20);
  expect(boxTop({ p90: [null], max: [null] }, 0, 0)).toBe(0);
});

test('extremes pass over what is missing', () => {
  expect(
    extremes(
      [
        [null, 3, 9],
        [2, null],
      ],
      0,
      1,
    ),
  ).toEqual({ low: 2, high: 3 });
  expect(extremes([[null]], 0, 0)).toBeNull();
});

test('many points fold into the extremes of their pixel, and an empty pixel stays empty', () => {
  const row = Array.from({ length: 35_000 }, (_, slot) => (slot < 17_500 ? slot % 100 : null));
  const { low, high } = envelope(row, 0, row.length - 1, 1000, (slot) => (slot * 1000) / row.length);
  expect([low[0], high[2]]).toEqual([0, 99]);
  expect(Math.max(...high.slice(0, 500))).toBe(99);
  expect(high[999]).toBeNaN();
});
