/** Made-up answers for tests. */
import type { Answer, Columns, Grain } from './types';

/** Columns that begin at `from`, `step` seconds apart; null is a withheld point. */
export function columns(values: (number | null)[], from = 0, step = 86_400): Columns {
  return {
    start: values.map((_, index) => from + index * step),
    end: values.map((_, index) => from + (index + 1) * step),
    value: values,
    n: values.map((value) => (value === null ? null : 100)),
    mark: values.map((value) => (value === null ? 'c' : '')),
  };
}

export function answer(of: Columns, grain: Grain = 'day', more: Partial<Answer> = {}): Answer {
  return { line: '*', measure: 'attempts', grain, zone: 'UTC', unit: 'contacts', columns: of, ...more };
}
