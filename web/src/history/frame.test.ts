import { expect, test } from 'vitest';
import { Zone } from './civil';
import { boxRows, frame, slotsBetween, surrounded } from './frame';
import { answer, columns } from './testing';

const utc = new Zone('UTC');
const DAY = 86_400;

test('closed hours get no slot when only opening time is shown', () => {
  const day = answer(columns([null, 5, null, 2], 0, 3600), 'hour', { shut: [0, 2] });
  expect(frame(day, 'open', utc).at).toEqual([1, 3]);
  expect(frame(day, 'all', utc).at).toEqual([0, 1, 2, 3]);
});

test('a range that is closed throughout is shown as closed', () => {
  const holiday = answer(columns([null, null]), 'day', { shut: [0, 1] });
  expect(frame(holiday, 'open', utc).at).toHaveLength(2);
});

test('percents are of the first value, or of the comparison where there is one', () => {
  const own = answer(columns([null, 50, 75, 0]));
  expect(frame(own, 'all', utc, own).drawn).toEqual([null, 100, 150, 0]);
  const compare = { kind: 'before' as const, line: null, label: '', change: [], target: null };
  const compared = { ...own, compare: { ...compare, columns: columns([1, 100, null, 0]) } };
  const shown = frame(compared, 'all', utc, compared);
  expect(shown.drawn).toEqual([null, 50, null, null]);
  expect(shown.value).toEqual([null, 50, 75, 0]);
});

test('a target is compared with at every point', () => {
  const compare = { kind: 'target' as const, line: null, label: '', change: [], target: 80, columns: null };
  expect(frame(answer(columns([1, 2]), 'day', { compare }), 'all', utc).compared).toEqual([80, 80]);
});

test('other measures find their slots by time', () => {
  const shown = frame(answer(columns([1, 2, 3])), 'all', utc);
  const late = answer(columns([7, 8], DAY));
  expect(boxRows(shown, { p10: late, p90: late, max: late })?.p90).toEqual([null, 7, 8]);
});

test('a stretch of time covers the slots it touches', () => {
  const shown = frame(answer(columns([1, 2, 3, 4])), 'all', utc);
  expect(slotsBetween(shown, DAY, 3 * DAY)).toEqual({ first: 1, last: 2 });
  expect(slotsBetween(shown, -9 * DAY, 99 * DAY)).toEqual({ first: 0, last: 3 });
});

test('a wider answer surrounds the exact one and changes none of its figures', () => {
  const exact = answer(columns([3, null], 2 * DAY), 'day', {
    overlays: {
      mean7: [1, 1],
      xmr: { centre: 3, lower: 1, upper: 5, signals: [{ index: 1, rule: 'outside' }] },
    },
  });
  exact.columns.under = { 1: 5 };
  exact.shut = [1];
  const wide = answer(columns([10, 20, 30, 40, 50]), 'day');
  wide.columns.under = { 0: 6, 4: 7 };
  wide.shut = [0, 2, 4];
  const joined = surrounded(exact, wide);
  expect(joined.columns.value).toEqual([10, 20, 3, null, 50]);
  expect(joined.columns.start).toEqual([0, 1, 2, 3, 4].map((day) => day * DAY));
  expect(joined.shut).toEqual([0, 3, 4]);
  expect(joined.columns.under).toEqual({ 0: 6, 3: 5, 4: 7 });
  expect(joined.overlays?.mean7).toEqual([null, null, 1, 1, null]);
  expect(joined.overlays?.xmr?.signals[0]?.index).toBe(3);
});

test('another grain surrounds nothing', () => {
  const exact = answer(columns([3]));
  expect(surrounded(exact, answer(columns([1, 2, 3]), 'week'))).toBe(exact);
});
