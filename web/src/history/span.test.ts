import { expect, test } from 'vitest';
import { clampSpan, isSameSpan, moveSpan, slotsInside, wholeSpan, zoomSpan } from './span';

const limits = wholeSpan(100);

test('zooming keeps what is under the pointer there', () => {
  const zoomed = zoomSpan({ min: 20, max: 60 }, 30, 0.5, limits, 3);
  expect(zoomed).toEqual({ min: 25, max: 45 });
  expect((30 - 25) / 20).toBe((30 - 20) / 40);
});

test('zooming ends at the limits and at the least', () => {
  expect(zoomSpan({ min: 20, max: 60 }, 30, 99, limits, 3)).toEqual(limits);
  const least = zoomSpan({ min: 20, max: 24 }, 22, 0.01, limits, 3);
  expect(least.max - least.min).toBe(3);
});

test('a view narrower than the least does not widen by zooming in', () => {
  expect(zoomSpan({ min: 0, max: 2 }, 1, 0.5, limits, 3)).toEqual({ min: 0, max: 2 });
});

test('moving stops at the ends without changing the width', () => {
  expect(moveSpan({ min: 80, max: 90 }, 50, limits)).toEqual({ min: 89.5, max: 99.5 });
  expect(clampSpan({ min: -50, max: 500 }, limits)).toEqual(limits);
});

test('the slots of a span are those whose middle it holds', () => {
  expect(slotsInside({ min: 2.4, max: 5.6 }, 100)).toEqual({ first: 3, last: 5 });
  expect(slotsInside({ min: -0.5, max: 0.5 }, 0)).toEqual({ first: 0, last: 0 });
});

test('spans are the same when nobody could see the difference', () => {
  expect(isSameSpan(limits, { min: -0.5, max: 99.5 + 1e-9 })).toBe(true);
  expect(isSameSpan(limits, { min: 0.5, max: 99.5 })).toBe(false);
});
