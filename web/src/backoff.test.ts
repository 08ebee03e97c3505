import { expect, test } from 'vitest';
import { backoffMs } from './backoff';

test('the limit doubles with every failure', () => {
  const nearlyOne = 0.9999;
  expect([0, 1, 2].map((attempt) => backoffMs(attempt, nearlyOne))).toEqual([999, 1999, 3999]);
});

test('the wait never exceeds the longest', () => {
  expect(backoffMs(1_000, 0.9999)).toBeLessThan(30_000);
});

test('the wait can be none at all, so that returning visitors spread out', () => {
  expect(backoffMs(5, 0)).toBe(0);
});
