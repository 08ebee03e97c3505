import { expect, test } from 'vitest';
import { dayNumber, dayText } from './civil';
import type { MeasureInfo } from './types';
import {
  type Asked,
  askDays,
  change,
  type Known,
  readAsked,
  resolve,
  seriesQuery,
  tidy,
  writeAsked,
} from './view';

const measure = (id: string, is_count: boolean, within_day = true): MeasureInfo => ({
  id,
  name: id,
  unit: is_count ? 'contacts' : 'seconds',
  within_day,
  finest: within_day ? 'interval' : 'day',
  whole_centre_only: false,
  is_count,
});
const known: Known = {
  measures: [
    measure('attempts', true),
    measure('wait_median', false),
    measure('resolution', false, false),
    measure('answered', true),
    measure('wait_p90', false),
  ],
  firstDay: dayNumber('2024-11-20'),
  lastDay: dayNumber('2026-11-22'),
  today: dayNumber('2026-11-22'),
};
const days = (asked: Asked): string[] => {
  const { from, until } = resolve(asked, known);
  return [dayText(from), dayText(until)];
};

test('an address says again what it said, in one order, and nothing it does not know', () => {
  const query = '?utm=x&overlay=mean7,band&compare=line:billing&line=%2A&kind=';
  expect(writeAsked(readAsked(query))).toBe('?line=%2A&compare=line:billing&overlay=mean7,band');
  expect(writeAsked({})).toBe('');
});

test('without parameters, the first measure of the centre over the last month', () => {
  const view = resolve({}, known);
  expect(view).toMatchObject({
    line: '*',
    range: '1m',
    grain: 'day',
    kind: 'bars',
    hours: 'all',
    volume: null,
  });
  expect(days({})).toEqual(['2026-10-23', '2026-11-22']);
});

test('ranges end on the last day and begin where their name says', () => {
  const first = ['1d', '1w', '3m', '6m', 'ytd', '1y', 'max'].map((range) => days({ range })[0]);
  expect(first).toEqual([
    '2026-11-22',
    '2026-11-16',
    '2026-08-23',
    '2026-05-23',
    '2026-01-01',
    '2025-11-23',
    '2024-11-20',
  ]);
  expect(days({ range: '1w', end: '2026-01-04' })).toEqual(['2025-12-29', '2026-01-04']);
});

test('own dates win over a range and may come in any order', () => {
  expect(days({ range: '1y', from: '2026-03-05', until: '2026-02-01' })).toEqual([
    '2026-02-01',
    '2026-03-05',
  ]);
  expect(days({ until: '2026-03-05' })).toEqual(['2026-02-06', '2026-03-05']);
  expect(days({ from: '2026-11-01' })).toEqual(['2026-11-01', '2026-11-22']);
});

test('the grain follows the range unless asked for, and never goes finer than the measure', () => {
  const grains = ['1d', '1w', '1m', '6m', '1y', 'max'].map((range) => resolve({ range }, known).grain);
  expect(grains).toEqual(['interval', 'hour', 'day', 'day', 'week', 'week']);
  expect(resolve({ range: '1d', measure: 'resolution', grain: 'hour' }, known).grain).toBe('day');
  expect(resolve({ range: '1y', grain: 'hour' }, known)).toMatchObject({ grain: 'hour', hours: 'open' });
});

test('a measure that is no count has the volume below it', () => {
  const volume = (asked: Asked): string | undefined => resolve(asked, known).volume?.id;
  expect(volume({ measure: 'wait_median' })).toBe('attempts');
  expect(volume({ measure: 'wait_median', volume: 'none' })).toBeUndefined();
  expect(volume({ measure: 'wait_median', volume: 'answered' })).toBe('answered');
});

test('a new range forgets own dates and the grain that was asked for the old one', () => {
  const asked: Asked = { from: '2026-01-01', until: '2026-02-01', grain: 'hour', compare: 'before' };
  expect(change(asked, { range: '1y' })).toEqual({ range: '1y', compare: 'before' });
  expect(change({ range: '1y', end: '2026-01-01' }, { from: '2025-01-01', until: '2025-01-09' })).toEqual({
    from: '2025-01-01',
    until: '2025-01-09',
  });
  expect(change(asked, { compare: '' })).not.toHaveProperty('compare');
});

test('a stretch that holds all of the data is the longest range', () => {
  expect(askDays({}, known.firstDay - 1, known.lastDay, known)).toEqual({ range: 'max' });
  expect(askDays({}, known.lastDay - 1, known.lastDay, known)).toEqual({
    from: '2026-11-21',
    until: '2026-11-22',
  });
});

test('only the main pane is compared and overlaid', () => {
  const view = resolve({ range: '1d', compare: 'before', overlay: 'mean7' }, known);
  expect(seriesQuery(view, 'attempts', 'en', true)).toBe(
    'line=*&measure=attempts&grain=interval&from=2026-11-22&to=2026-11-23&lang=en&format=columns&compare=before&overlay=mean7',
  );
  expect(seriesQuery(view, 'answered', 'en', false)).not.toContain('compare');
});

test('an address does not say what would be shown anyway', () => {
  const asked: Asked = { line: '*', measure: 'attempts', range: '1m', kind: 'line', overlay: '', lang: 'fr' };
  expect(tidy(asked, known)).toEqual({ kind: 'line', lang: 'fr' });
  expect(tidy({ range: '1m', end: '2026-11-21' }, known)).toEqual({ end: '2026-11-21' });
});

test('data that ended is shown where it ended, yesterday not yet', () => {
  const ended = (lastDay: string, range: string): string =>
    dayText(resolve({ range }, { ...known, lastDay: dayNumber(lastDay) }).until);
  expect(ended('2026-11-20', '1m')).toBe('2026-11-22');
  expect(ended('2026-11-20', '1d')).toBe('2026-11-20');
  expect(ended('1999-08-31', '1m')).toBe('1999-08-31');
});

test('boxes stand for waits, whichever of them was asked for', () => {
  expect(resolve({ measure: 'wait_p90', kind: 'box' }, known)).toMatchObject({
    kind: 'box',
    measure: { id: 'wait_median' },
  });
  expect(resolve({ measure: 'attempts', kind: 'box' }, known).kind).toBe('bars');
});

test('control limits are drawn on weeks, and weeks are whole', () => {
  const view = resolve({ range: '1y', overlay: 'xmr' }, known);
  expect(view.grain).toBe('week');
  // The year begins on a Sunday.
  expect(seriesQuery(view, 'attempts', 'en', true)).toContain('from=2025-11-17&to=2026-11-23');
});
