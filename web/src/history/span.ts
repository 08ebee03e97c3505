/** Stretches of the abscissa: zooming and moving them. A slot k reaches from k − ½ to k + ½. */

export interface Span {
  min: number;
  max: number;
}

/** The whole of so many slots. */
export function wholeSpan(slots: number): Span {
  return { min: -0.5, max: Math.max(1, slots) - 0.5 };
}

/** Brings a span back inside the limits, as wide as it was where that fits. */
export function clampSpan(span: Span, limits: Span): Span {
  const width = Math.min(span.max - span.min, limits.max - limits.min);
  const min = Math.min(Math.max(span.min, limits.min), limits.max - width);
  return { min, max: min + width };
}

/**
 * Zooms about a place that stays where it is: a factor below 1 shows less. Never narrower than
 * `least`, never beyond the limits.
 */
export function zoomSpan(span: Span, about: number, factor: number, limits: Span, least: number): Span {
  const old = span.max - span.min;
  const width = Math.min(Math.max(old * factor, Math.min(least, old)), limits.max - limits.min);
  const share = (about - span.min) / old;
  const min = about - share * width;
  return clampSpan({ min, max: min + width }, limits);
}

export function moveSpan(span: Span, by: number, limits: Span): Span {
  return clampSpan({ min: span.min + by, max: span.max + by }, limits);
}

/** The slots whose middle is inside. */
export function slotsInside(span: Span, slots: number): { first: number; last: number } {
  const first = Math.min(Math.max(0, Math.ceil(span.min)), Math.max(0, slots - 1));
  return { first, last: Math.max(first, Math.min(slots - 1, Math.floor(span.max))) };
}

export function isSameSpan(a: Span, b: Span): boolean {
  const near = Math.max(1e-6, (a.max - a.min) * 1e-6);
  return Math.abs(a.min - b.min) < near && Math.abs(a.max - b.max) < near;
}
