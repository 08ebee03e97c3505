/** What the server hands the page and what `/api/v1/series?format=columns` answers. Shapes only. */

/** The columns of a series; all of the same length. Instants are seconds since 1970. */
export interface Columns {
  start: number[];
  end: number[];
  value: (number | null)[];
  n: (number | null)[];
  /** '' or a letter of the marks, or 'closed'. */
  mark: string[];
  /** Bounds published in place of values, by index. */
  under?: Record<string, number>;
  at_least?: Record<string, number>;
}

/** Whether a point differs from the one compared; null where that cannot be said. */
export type Change = 'up' | 'down' | 'none' | null;

export interface Compare {
  kind: 'before' | 'last_year' | 'line' | 'target';
  line: string | null;
  label: string;
  columns: Columns | null;
  change: Change[];
  target: number | null;
}

export interface Xmr {
  centre: number;
  lower: number;
  upper: number;
  signals: { index: number; rule: string }[];
}

export interface Overlays {
  mean7?: (number | null)[];
  band?: { low: (number | null)[]; high: (number | null)[]; weeks: number };
  xmr?: Xmr | null;
}

export interface Extreme {
  index: number;
  start: number | string;
  value: number;
}

export interface Summary {
  total: number | null;
  busiest: Extreme | null;
  quietest: Extreme | null;
  median: number | null;
  withheld: number;
  missing: number;
  text: string;
}

export interface Flag {
  start: string;
  kind: string;
  text: string;
}

export interface Answer {
  line: string;
  measure: string;
  grain: Grain;
  zone: string;
  unit: string;
  columns: Columns;
  /** Indices of the points that lie outside of the opening hours. */
  shut?: number[];
  flags?: Flag[];
  compare?: Compare | null;
  overlays?: Overlays | null;
  summary?: Summary | null;
}

export type Grain = 'interval' | 'half_hour' | 'hour' | 'day' | 'week' | 'month';
export type Kind = 'line' | 'bars' | 'box';

export interface MeasureInfo {
  id: string;
  name: string;
  unit: string;
  within_day: boolean;
  /** The narrowest grain it exists for. */
  finest: Grain;
  /** It exists for all lines together only. */
  whole_centre_only: boolean;
  is_count: boolean;
}

export interface LineInfo {
  id: string;
  name: string;
}

export interface Box {
  p10: Answer;
  p90: Answer;
  max: Answer;
}

/** Everything the page says, by name; lists are the names of days and months. */
export type Words = Record<string, string | string[]>;

/** Everything in `#history-data`. */
export interface PageData {
  view: Record<string, unknown>;
  series: Answer;
  volume: Answer | null;
  box: Box | null;
  overview: Answer | null;
  measures: MeasureInfo[];
  lines: LineInfo[];
  words: Words;
  /** None before the first data. */
  first_day: string | null;
  last_day: string | null;
  now: string;
  zone: string;
  lang: string;
}
