import { expect, test } from 'vitest';
import { Zone } from './civil';
import { details, spoken } from './details';
import { mainScene } from './scene';
import { answer, columns } from './testing';
import type { Answer, Compare } from './types';
import type { View } from './view';
import { Writer } from './write';

const utc = new Zone('UTC');
const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const writer = new Writer('en', {
  thousands_mark: ',',
  decimal_mark: '.',
  months_short: names,
  weekdays_short: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
  unit_contacts: 'contacts',
  higher: 'higher',
  lower: 'lower',
  difference: 'Difference',
  no_clear_change: 'no clear change',
  not_judged: 'not judged',
  withheld: 'few contacts, withheld',
  under: 'under',
});
const measure = { id: 'attempts', name: 'Attempts', unit: 'contacts', is_count: true };
const view = { measure, volume: null, kind: 'bars', as: 'absolute', hours: 'all' } as unknown as View;

function said(of: Answer, slot: number, as: 'absolute' | 'percent' = 'absolute') {
  const shown = { ...view, as };
  return details(mainScene(of, of, null, shown, utc, writer), null, slot, shown, utc, writer);
}

function compared(change: Compare['change']): Answer {
  const compare = { kind: 'before' as const, line: null, label: 'before', change, target: null };
  return answer(columns([1200, 800, null], 30 * 86_400), 'day', {
    compare: { ...compare, columns: columns([1000, 1000, 1000]) },
  });
}

test('a difference is one only where it was found to be clear', () => {
  const of = compared(['up', 'none', null]);
  expect(said(of, 0).rows).toEqual([
    ['Thu 1 Jan 1970', '1,000\u00a0contacts'],
    ['Difference', '200\u00a0contacts higher'],
  ]);
  expect(said(of, 1).rows[1]?.[1]).toBe('200\u00a0contacts lower (no clear change)');
});

test('a value that is withheld says so and is no nought', () => {
  const point = said(compared(['up', 'none', null]), 2);
  expect(point.value).toBe('few contacts, withheld');
  expect(spoken(point)).toBe('Mon 2 Feb 1970: few contacts, withheld. Sat 3 Jan 1970: 1,000\u00a0contacts');
});

test('a bound is said as one', () => {
  const of = answer(columns([null]));
  of.columns.under = { 0: 5 };
  expect(said(of, 0).value).toBe('under 5\u00a0contacts');
});

test('percents have the value behind them beside them', () => {
  const of = compared(['up', 'none', null]);
  const point = said(of, 0, 'percent');
  expect(point.value).toBe('120.0%');
  expect(point.rows[0]?.[1]).toBe('1,200\u00a0contacts');
});
