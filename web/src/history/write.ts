/** Writes numbers, units and times in the page's language. Sentences come from the server. */
import { monthOf, monthStart, weekday, type Zone } from './civil';
import type { DateWriter } from './ticks';
import type { Grain, Words } from './types';
import { isWithinDay } from './view';

/** How values of a measure are shown: seconds become minutes when they are many. */
export interface Unit {
  divisor: number;
  decimals: number;
  /** Beside a value. */
  name: string;
  /** Above a scale. */
  axis: string;
}

const MINUTES_FROM_SECS = 300;
const DAY_SECS = 86_400;
const PERCENT = '%';

export class Writer implements DateWriter {
  private readonly words: Words;
  private readonly isEnglish: boolean;

  constructor(lang: string, words: Words) {
    this.words = words;
    this.isEnglish = lang === 'en';
  }

  /** A word of the page; its name if the server has none, which a test would find. */
  word(name: string): string {
    const text = this.words[name];
    return typeof text === 'string' ? text : name;
  }

  /** One of the names of days (Monday is 0) or months. */
  private nameOf(list: string, index: number): string {
    return this.words[list]?.[index] ?? '';
  }

  number(value: number, decimals: number): string {
    const [whole = '', fraction] = Math.abs(value).toFixed(decimals).split('.');
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, this.word('thousands_mark'));
    const text = fraction ? grouped + this.word('decimal_mark') + fraction : grouped;
    // A value that rounds to nought has no sign.
    return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
  }

  unitOf(unit: string, highest: number, isCount: boolean): Unit {
    const plain = (name: string, decimals: number): Unit => ({ divisor: 1, decimals, name, axis: name });
    switch (unit) {
      case 'seconds':
        return highest >= MINUTES_FROM_SECS
          ? { divisor: 60, decimals: 1, name: this.word('unit_minutes'), axis: this.word('axis_minutes') }
          : { divisor: 1, decimals: 0, name: this.word('unit_seconds'), axis: this.word('axis_seconds') };
      case 'minutes':
        return { divisor: 1, decimals: 1, name: this.word('unit_minutes'), axis: this.word('axis_minutes') };
      case 'percent':
        return plain(PERCENT, 1);
      case 'points':
        return plain(this.word('unit_points'), 1);
      case 'per_thousand':
        return plain(this.word('unit_per_thousand'), 2);
      case 'complaints':
      case 'surveys':
        return plain(this.word(`unit_${unit}`), 0);
      default:
        return plain(this.word(unit === 'contacts' ? 'unit_contacts' : 'unit_persons'), isCount ? 0 : 1);
    }
  }

  /** A value with its unit; less than a minute is said in seconds. */
  amount(value: number, unit: Unit): string {
    const isShort = unit.divisor === 60 && Math.abs(value) < 1;
    return isShort
      ? this.withUnit(this.number(value * 60, 0), this.word('unit_seconds'))
      : this.withUnit(this.number(value, unit.decimals), unit.name);
  }

  withUnit(number: string, unit: string): string {
    return unit === PERCENT && this.isEnglish ? `${number}%` : `${number}\u00a0${unit}`;
  }

  time(localSecs: number): string {
    const minutes = Math.floor((((localSecs % DAY_SECS) + DAY_SECS) % DAY_SECS) / 60);
    return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  }

  weekdayDay(day: number): string {
    return `${this.nameOf('weekdays_short', weekday(day))} ${this.dayOfMonth(day)}`;
  }

  dayMonth(day: number): string {
    return `${this.dayOfMonth(day)} ${this.month(monthOf(day))}`;
  }

  month(month: number): string {
    return this.nameOf('months_short', month % 12);
  }

  year(month: number): string {
    return String(Math.floor(month / 12));
  }

  longDay(day: number): string {
    const name = this.nameOf('weekdays_short', weekday(day));
    return `${name} ${this.dayMonth(day)} ${this.year(monthOf(day))}`;
  }

  /** The stretch of time of a point, in words. */
  stretch(start: number, end: number, grain: Grain, zone: Zone): string {
    const first = zone.day(start);
    if (isWithinDay(grain)) {
      return `${this.longDay(first)}, ${this.time(zone.local(start))}–${this.time(zone.local(end))}`;
    }
    if (grain === 'day') return this.longDay(first);
    const month = monthOf(first);
    if (grain === 'month') return `${this.nameOf('months', month % 12)} ${this.year(month)}`;
    return this.days(first, zone.day(end - 1));
  }

  /** A stretch of days, both included. */
  days(first: number, last: number): string {
    const end = `${this.dayMonth(last)} ${this.year(monthOf(last))}`;
    if (first === last) return this.longDay(first);
    const isSameYear = this.year(monthOf(first)) === this.year(monthOf(last));
    const begin = isSameYear ? this.dayMonth(first) : `${this.dayMonth(first)} ${this.year(monthOf(first))}`;
    return `${begin} – ${end}`;
  }

  private dayOfMonth(day: number): string {
    const number = day - monthStart(monthOf(day)) + 1;
    return number === 1 && !this.isEnglish ? '1er' : String(number);
  }
}
