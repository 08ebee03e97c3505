import { expect, test } from 'vitest';
import { dayNumber, Zone } from './civil';
import { Writer } from './write';

const words = {
  thousands_mark: ',',
  decimal_mark: '.',
  weekdays_short: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
  months: ['January', '', '', '', '', '', '', '', '', '', 'November', 'December'],
  months_short: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
};
const english = new Writer('en', words);
const french = new Writer('fr', { ...words, thousands_mark: '\u202f', decimal_mark: ',' });

test('numbers are grouped and marked as the language does', () => {
  expect(english.number(1_234_567.891, 2)).toBe('1,234,567.89');
  expect(french.number(1_234.5, 1)).toBe('1\u202f234,5');
  expect([english.number(-0.04, 1), english.number(-1234, 0), english.number(0, 0)]).toEqual([
    '0.0',
    '−1,234',
    '0',
  ]);
});

test('percents stand by the number in English and apart from it in French', () => {
  expect(english.withUnit('81.9', '%')).toBe('81.9%');
  expect(french.withUnit('81,9', '%')).toBe('81,9\u00a0%');
});

test('seconds become minutes when they are many', () => {
  expect(english.unitOf('seconds', 299, false).divisor).toBe(1);
  expect(english.unitOf('seconds', 300, false)).toMatchObject({ divisor: 60, decimals: 1 });
});

test('complaints and scores have units of their own', () => {
  expect(english.unitOf('complaints', 40, true)).toMatchObject({ name: 'unit_complaints', decimals: 0 });
  expect(english.unitOf('per_thousand', 2, false)).toMatchObject({ name: 'unit_per_thousand', decimals: 2 });
});

test('less than a minute is said in seconds', () => {
  const minutes = english.unitOf('seconds', 900, false);
  expect(english.amount(5 / 60, minutes)).toBe('5\u00a0unit_seconds');
  expect(english.amount(1.25, minutes)).toBe('1.3\u00a0unit_minutes');
});

test('a stretch of time is written as its grain needs', () => {
  const paris = new Zone('Europe/Paris');
  const start = paris.dayStart(dayNumber('2026-11-02'));
  expect(english.stretch(start + 9 * 3600, start + 9.25 * 3600, 'interval', paris)).toBe(
    'Mon 2 Nov 2026, 9:00–9:15',
  );
  expect(english.stretch(start, start + 86_400, 'day', paris)).toBe('Mon 2 Nov 2026');
  expect(english.stretch(start, start + 7 * 86_400, 'week', paris)).toBe('2 Nov – 8 Nov 2026');
  expect(english.stretch(start, start + 30 * 86_400, 'month', paris)).toBe('November 2026');
  expect(french.dayMonth(dayNumber('2026-08-01'))).toBe('1er Aug');
});
