import { expect, test } from 'vitest';
import { addMonths, dayNumber, dayText, monthOf, monthStart, weekday, Zone } from './civil';

const days = (text: string): number => dayNumber(text);

test('days are written as they are read, and nothing else is a day', () => {
  expect(dayText(days('2024-02-29'))).toBe('2024-02-29');
  for (const text of ['2025-02-29', '2025-13-01', 'yesterday', '']) expect(days(text)).toBeNaN();
});

test('a month later is the same day, or the last of a shorter month', () => {
  expect(dayText(addMonths(days('2026-01-31'), 1))).toBe('2026-02-28');
  expect(dayText(addMonths(days('2026-11-22'), -12))).toBe('2025-11-22');
  expect(dayText(monthStart(monthOf(days('1999-12-31'))))).toBe('1999-12-01');
});

test('the week begins on Monday', () => {
  expect(weekday(days('2026-11-23'))).toBe(0);
  expect(weekday(days('2026-11-22'))).toBe(6);
  expect(weekday(days('1969-12-29'))).toBe(0);
});

test('days on which the clocks change have 23 and 25 hours', () => {
  const paris = new Zone('Europe/Paris');
  const hours = (day: string): number => (paris.dayStart(days(day) + 1) - paris.dayStart(days(day))) / 3600;
  expect(['2026-03-28', '2026-03-29', '2026-10-25'].map(hours)).toEqual([24, 23, 25]);
});

test('the local day of an instant follows the zone, also west of Greenwich and by quarters', () => {
  const at = Date.UTC(2026, 10, 22, 3, 30) / 1000;
  expect(dayText(new Zone('America/New_York').day(at))).toBe('2026-11-21');
  expect(dayText(new Zone('Europe/Paris').day(at))).toBe('2026-11-22');
  expect(new Zone('Asia/Kathmandu').offset(at)).toBe(5.75 * 3600);
});

test('the clock jumps in the hour it jumps', () => {
  const paris = new Zone('Europe/Paris');
  const jump = Date.UTC(2026, 2, 29, 1) / 1000;
  expect([jump - 1, jump].map((at) => paris.offset(at))).toEqual([3600, 7200]);
});
