import { expect, test } from 'vitest';
import { dayNumber, dayText, Zone } from './civil';
import { frame } from './frame';
import { answer, columns } from './testing';
import { type DateWriter, type Tick, ticks } from './ticks';
import type { Grain } from './types';

const write: DateWriter = {
  time: (local) => new Date(local * 1000).toISOString().slice(11, 16),
  weekdayDay: (day) => `d${dayText(day).slice(8)}`,
  dayMonth: (day) => dayText(day).slice(5),
  month: (month) => `M${(month % 12) + 1}`,
  year: (month) => String(Math.floor(month / 12)),
};

function marks(from: string, count: number, step: number, grain: Grain, px: number, zone = 'UTC'): Tick[] {
  const clock = new Zone(zone);
  const start = clock.dayStart(dayNumber(from));
  const shown = frame(answer(columns(new Array(count).fill(1), start, step), grain), 'all', clock);
  return ticks(shown.calendar, grain, { first: 0, last: count - 1 }, px, write);
}

const texts = (marked: Tick[]): string[] => marked.map(({ text }) => text);

test('a day is marked by hours and says which day it is', () => {
  expect(texts(marks('2026-11-22', 96, 900, 'interval', 600))).toEqual([
    'd22',
    '03:00',
    '06:00',
    '09:00',
    '12:00',
    '15:00',
    '18:00',
    '21:00',
  ]);
});

test('a month of days is marked by weeks on a phone', () => {
  expect(texts(marks('2026-11-01', 30, 86_400, 'day', 330))).toEqual([
    '11-02',
    '11-09',
    '11-16',
    '11-23',
    '11-30',
  ]);
});

test('two years of weeks are marked by months, quarters or years, as there is room', () => {
  expect(texts(marks('2025-01-06', 104, 604_800, 'week', 300))).toContain('2026');
  expect(texts(marks('2025-01-06', 104, 604_800, 'week', 1200)).length).toBeGreaterThan(10);
});

test('marks never touch each other', () => {
  for (const px of [120, 300, 700, 1300]) {
    for (const [count, step, grain] of [
      [35_040, 900, 'interval'],
      [744, 3600, 'hour'],
      [365, 86_400, 'day'],
      [520, 604_800, 'week'],
    ] as const) {
      const found = marks('2016-01-01', count, step, grain, px);
      expect(found.length, `${px} ${grain}`).toBeGreaterThan(0);
      for (const [index, mark] of found.entries()) {
        const before = found[index - 1];
        if (before) expect(((mark.place - before.place) * px) / count).toBeGreaterThan(28);
      }
    }
  }
});

test('the day on which the clock goes back is marked once', () => {
  const found = texts(marks('2026-10-24', 3 * 24 + 1, 3600, 'hour', 500, 'Europe/Paris'));
  expect(found.filter((text) => text === 'd25')).toHaveLength(1);
  expect(found[0]).toBe('10-24');
});
