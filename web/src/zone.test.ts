import { expect, test } from 'vitest';
import { yourTime } from './zone';

const instant = new Date('2026-11-20T15:30:00Z');

test('nothing is said where both clocks agree', () => {
  expect(yourTime(instant, 'Europe/Paris', 'Europe/Berlin', 'en')).toBeUndefined();
});

test('another clock is said in the language of the page', () => {
  expect(yourTime(instant, 'Europe/Paris', 'Europe/London', 'en')).toBe('15:30');
  expect(yourTime(instant, 'Europe/Paris', 'Pacific/Auckland', 'fr')).toMatch(/sam.*04:30/);
});

test('an unreadable instant says nothing', () => {
  expect(yourTime(new Date('soon'), 'Europe/Paris', 'Asia/Tokyo', 'en')).toBeUndefined();
});
