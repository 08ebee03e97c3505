/**
 * Local days and clocks. Days are numbers, counted from 1 January 1970, so that they can be added;
 * in addresses they are written `2026-11-22`. Instants are seconds.
 */

const DAY_SECS = 86_400;

/** The number of a day written `2026-11-22`; NaN for anything else. */
export function dayNumber(text: string): number {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return Number.NaN;
  const number = Math.floor(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) / 86_400_000);
  return dayText(number) === text ? number : Number.NaN;
}

/** A day as addresses and the server write it. */
export function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** Month and year of a day; months are counted from 0 through all years. */
export function monthOf(day: number): number {
  const date = new Date(day * 86_400_000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The first day of a month as `monthOf` counts it. */
export function monthStart(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12, 1) / 86_400_000;
}

/** Some months later or earlier; the last day of a shorter month stands for those it lacks. */
export function addMonths(day: number, months: number): number {
  const month = monthOf(day);
  const first = monthStart(month + months);
  const length = monthStart(month + months + 1) - first;
  return first + Math.min(day - monthStart(month), length - 1);
}

/** Monday is 0. */
export function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** The name of the zone of the visitor's device. */
export function visitorZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The clock of a zone. */
export class Zone {
  readonly name: string;
  private readonly writer: Intl.DateTimeFormat;
  /** Offset at the first instant of each UTC day that was asked about. */
  private readonly offsets = new Map<number, number>();

  constructor(name: string) {
    this.name = name;
    this.writer = new Intl.DateTimeFormat('en-GB', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Seconds by which the clock is ahead of UTC at an instant. */
  offset(at: number): number {
    // Asking the browser is slow, so it is asked twice a day at most, and more often only on days
    // on which the clocks change.
    const day = Math.floor(at / DAY_SECS);
    const before = this.offsetOfDay(day);
    return before === this.offsetOfDay(day + 1) ? before : this.ask(at);
  }

  /** The instant as if the local clock were UTC. */
  local(at: number): number {
    return at + this.offset(at);
  }

  /** The local day of an instant. */
  day(at: number): number {
    return Math.floor(this.local(at) / DAY_SECS);
  }

  /** The first instant of a local day. */
  dayStart(day: number): number {
    const midnight = day * DAY_SECS;
    const guess = midnight - this.offset(midnight);
    return midnight - this.offset(guess);
  }

  private offsetOfDay(day: number): number {
    let known = this.offsets.get(day);
    if (known === undefined) {
      known = this.ask(day * DAY_SECS);
      this.offsets.set(day, known);
    }
    return known;
  }

  private ask(at: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.writer.formatToParts(at * 1000)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - Math.floor(at);
  }
}
