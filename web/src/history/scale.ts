/** The ordinate: round steps, and the lowest and highest value of each column of pixels. */

export interface Scale {
  bottom: number;
  top: number;
  step: number;
}

const FACTORS = [1, 2, 2.5, 5, 10];

/**
 * A scale with about `wanted` round steps that holds everything between `low` and `high`. It begins
 * at nought unless `low` is given for a scale that need not.
 */
export function roundScale(high: number, wanted: number, isCount: boolean, low = 0): Scale {
  const height = high - low;
  if (!(height > 0)) return { bottom: low, top: low + 1, step: 1 };
  const rough = height / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = (FACTORS.find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  // A count has no halves.
  if (isCount) step = Math.max(1, Math.round(step));
  const bottom = Math.floor(low / step + 1e-9) * step;
  return { bottom, top: Math.max(bottom + step, Math.ceil(high / step - 1e-9) * step), step };
}

/** Where the scale is written; free of the noise of repeated addition. */
export function stepsOf({ bottom, top, step }: Scale): number[] {
  const count = Math.round((top - bottom) / step);
  return Array.from({ length: count + 1 }, (_, index) => Number((bottom + index * step).toPrecision(12)));
}

/** Decimals that tell the steps apart. */
export function decimalsOf(step: number): number {
  if (Number.isInteger(step)) return 0;
  return Number.isInteger(Number((step * 10).toPrecision(9))) ? 1 : 2;
}

/** The lowest and highest among rows, from slot `first` to `last`; null when there is none. */
export function extremes(
  rows: readonly (readonly (number | null)[])[],
  first: number,
  last: number,
): { low: number; high: number } | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    for (let slot = first; slot <= last; slot += 1) {
      const value = row[slot];
      if (value == null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? { low, high } : null;
}

/**
 * The top of a scale for boxes: the longest wait may be hours where nine in ten waited minutes, and
 * so may a twentieth of the boxes. Those leave the picture, with a sign at its edge.
 */
export function boxTop(
  box: { p90: readonly (number | null)[]; max: readonly (number | null)[] },
  first: number,
  last: number,
): number {
  const inView = (row: readonly (number | null)[]) =>
    row.slice(first, last + 1).filter((value) => value !== null);
  const tops = inView(box.p90).sort((a, b) => a - b);
  const highest = tops.at(-1) ?? 0;
  const usual = tops[Math.max(0, Math.ceil(tops.length * 0.95) - 1)] ?? 0;
  const top = usual > 0 && highest > usual * 4 ? usual : highest;
  return Math.max(top, Math.min(top * 2.5, Math.max(0, ...inView(box.max))));
}

/** Lowest and highest value in each of `pixels` columns; NaN where a column has none. */
export interface Envelope {
  low: Float64Array;
  high: Float64Array;
}

/** Folds slots `first` to `last` into columns of pixels: what is left is all that could be seen. */
export function envelope(
  row: readonly (number | null)[],
  first: number,
  last: number,
  pixels: number,
  pixelOf: (slot: number) => number,
): Envelope {
  const low = new Float64Array(pixels).fill(Number.NaN);
  const high = new Float64Array(pixels).fill(Number.NaN);
  for (let slot = first; slot <= last; slot += 1) {
    const value = row[slot];
    if (value == null) continue;
    const pixel = Math.min(pixels - 1, Math.max(0, Math.floor(pixelOf(slot))));
    // Written so that NaN, which is neither above nor below, gives way.
    if (!((low[pixel] as number) <= value)) low[pixel] = value;
    if (!((high[pixel] as number) >= value)) high[pixel] = value;
  }
  return { low, high };
}
