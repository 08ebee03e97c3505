/** Writes numbers, units and times in the page's language. Sentences come from the server. */
import type { Zone } from './civil';
import type { DateWriter } from './ticks';
import type { Grain } from './types';
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

export class Writer implements DateWriter {
  readonly lang: string;
  private readonly words: Record<string, string>;
  private readonly numbers = new Map<number, Intl.NumberFormat>();
  private readonly dates = new Map<string, Intl.DateTimeFormat>();

  constructor(lang: string, words: Record<string, string>) {
    // American dates and clocks are not meant by "English" here.
    this.lang = lang === 'en' ? 'en-GB' : lang;
    this.words = words;
  }

  /** A word of the page; its name if the server has none, which a test would find. */
  word(name: string): string {
    return this.words[name] ?? name;
  }

  number(value: number, decimals: number): string {
    let format = this.numbers.get(decimals);
    if (!format) {
      format = new Intl.NumberFormat(this.lang, {
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      });
      this.numbers.set(decimals, format);
    }
    return format
      .format(value)
      .replace('-', '−')
      .replace(/^−(?=[0.,]*$)/, '');
  }

  unitOf(unit: string, highest: number, isCount: boolean): Unit {
    const word = (name: string): string => this.word(name);
    switch (unit) {
      case 'seconds':
        return highest >= MINUTES_FROM_SECS
          ? { divisor: 60, decimals: 1, name: word('unit_minutes'), axis: word('axis_minutes') }
          : { divisor: 1, decimals: 0, name: word('unit_seconds'), axis: word('axis_seconds') };
      case 'minutes':
        return { divisor: 1, decimals: 1, name: word('unit_minutes'), axis: word('axis_minutes') };
      case 'percent':
        return { divisor: 1, decimals: 1, name: '%', axis: '%' };
      default: {
        const name = word(unit === 'contacts' ? 'unit_contacts' : 'unit_persons');
        return { divisor: 1, decimals: isCount ? 0 : 1, name, axis: name };
      }
    }
  }

  /** A value with its unit. */
  value(value: number, unit: Unit): string {
    return this.withUnit(this.number(value / unit.divisor, unit.decimals), unit.name);
  }

  withUnit(number: string, unit: string): string {
    return unit === '%' && this.lang === 'en-GB' ? `${number}%` : `${number}\u00a0${unit}`;
  }

  time(localSecs: number): string {
    return this.local({ hour: 'numeric', minute: '2-digit', hourCycle: 'h23' }).format(localSecs * 1000);
  }

  weekdayDay(day: number): string {
    return this.day(day, { weekday: 'short', day: 'numeric' });
  }

  dayMonth(day: number): string {
    return this.day(day, { day: 'numeric', month: 'short' });
  }

  month(month: number): string {
    return this.local({ month: 'short' }).format(Date.UTC(Math.floor(month / 12), month % 12, 1));
  }

  year(month: number): string {
    return String(Math.floor(month / 12));
  }

  longDay(day: number): string {
    return this.day(day, { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' });
  }

  /** The stretch of time of a point, in words. */
  stretch(start: number, end: number, grain: Grain, zone: Zone): string {
    const first = zone.day(start);
    if (isWithinDay(grain)) {
      const day = this.day(first, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
      return `${day}, ${this.time(zone.local(start))}–${this.time(zone.local(end))}`;
    }
    if (grain === 'day') return this.longDay(first);
    if (grain === 'month') return this.day(first, { month: 'long', year: 'numeric' });
    return this.days(first, zone.day(end - 1));
  }

  /** A stretch of days, both included. */
  days(first: number, last: number): string {
    const options = { day: 'numeric', month: 'short', year: 'numeric' } as const;
    return this.local(options).formatRange(first * 86_400_000, last * 86_400_000);
  }

  private day(day: number, options: Intl.DateTimeFormatOptions): string {
    return this.local(options).format(day * 86_400_000);
  }

  private local(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = Object.values(options).join() + Object.keys(options).join();
    let format = this.dates.get(key);
    if (!format) {
      format = new Intl.DateTimeFormat(this.lang, { ...options, timeZone: 'UTC' });
      this.dates.set(key, format);
    }
    return format;
  }
}
