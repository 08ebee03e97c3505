/** What a pane shows, in the units of its ordinate. Pure: from published figures to rows of numbers. */

import type { Zone } from './civil';
import { type BoxRows, boxRows, type Frame, frame, inSlotsOf } from './frame';
import type { Answer, Box, Kind, Xmr } from './types';
import type { View } from './view';
import type { Unit, Writer } from './write';

type Row = (number | null)[];

export interface Scene {
  frame: Frame;
  kind: Kind;
  unit: Unit;
  isCount: boolean;
  /** Percents of something else: the scale need not begin at nought. */
  isRelative: boolean;
  value: Row;
  compared: Row;
  mean7: Row;
  low: Row;
  high: Row;
  /** Bounds published in place of a value. */
  bound: Row;
  box: BoxRows | null;
  xmr: Xmr | null;
  /** Slots with a signal of the control chart, and which. */
  signals: Map<number, string>;
  /** Slots on which a known event begins, and its words. */
  flags: Map<number, string>;
  /** The rows that have values: everything that must fit in the ordinate. */
  fit: Row[];
}

/** Whether a row has any value. */
export function hasAny(row: Row): boolean {
  return row.some((value) => value !== null);
}

/** The same scene with its rows of values gathered. */
function fitted(scene: Omit<Scene, 'fit'>): Scene {
  // The longest wait may be days: it runs out of the picture, and is written in the box.
  const { value, compared, mean7, high, low, bound, box } = scene;
  const rows = [value, compared, mean7, high, low, bound, ...(box ? [box.p90] : [])];
  return { ...scene, fit: rows.filter(hasAny) };
}

/**
 * The main pane. `exact` is the answer for the view itself, `answer` may reach beyond it: unit and
 * percents are those of the view.
 */
export function mainScene(
  answer: Answer,
  exact: Answer,
  box: Box | null,
  view: View,
  zone: Zone,
  writer: Writer,
): Scene {
  const isRelative = view.as === 'percent';
  const shown = frame(answer, view.hours, zone, isRelative ? exact : undefined);
  const boxes = view.kind === 'box' && !isRelative ? boxRows(shown, box) : null;
  const kind = view.kind === 'box' && !boxes ? 'line' : view.kind;
  const { value, under, at_least } = exact.columns;
  const nines = view.kind === 'box' ? (box?.p90.columns.value ?? []) : [];
  const heights = [value, nines, Object.values(under ?? {}), Object.values(at_least ?? {})];
  const unit = isRelative
    ? { divisor: 1, decimals: 1, name: '%', axis: '%' }
    : writer.unitOf(answer.unit, highest(heights), view.measure.is_count);
  const divide = (row: Row): Row =>
    unit.divisor === 1 ? row : row.map((value) => (value === null ? null : value / unit.divisor));
  const xmr = isRelative ? null : (answer.overlays?.xmr ?? null);
  const slotOf = new Map(shown.at.map((index, slot) => [index, slot]));
  const signals = new Map<number, string>();
  for (const { index, rule } of xmr?.signals ?? []) {
    const slot = slotOf.get(index);
    if (slot !== undefined) signals.set(slot, rule);
  }
  return fitted({
    frame: shown,
    kind,
    unit,
    isCount: view.measure.is_count && !isRelative,
    isRelative,
    value: divide(shown.drawn),
    compared: divide(shown.compared),
    mean7: divide(shown.mean7),
    low: divide(shown.low),
    high: divide(shown.high),
    bound: isRelative
      ? shown.value.map(() => null)
      : divide(shown.under.map((under, slot) => under ?? shown.atLeast[slot] ?? null)),
    box: boxes && { p10: divide(boxes.p10), p90: divide(boxes.p90), max: divide(boxes.max) },
    xmr: xmr && {
      ...xmr,
      centre: xmr.centre / unit.divisor,
      lower: xmr.lower / unit.divisor,
      upper: xmr.upper / unit.divisor,
    },
    signals,
    flags: flagsOf(answer, shown),
  });
}

/** The pane below: bars of a count in the slots of the main one. */
export function volumeScene(answer: Answer, main: Scene, writer: Writer): Scene {
  const value = inSlotsOf(main.frame, answer.columns);
  const none = value.map(() => null);
  const index = new Map(answer.columns.start.map((start, at) => [start, at]));
  const own = (slot: number): number => index.get(main.frame.start[slot] ?? 0) ?? -1;
  const mark = main.frame.start.map((_, slot) => answer.columns.mark[own(slot)] ?? '');
  const { under, at_least } = answer.columns;
  const bound = main.frame.start.map((_, slot) => under?.[own(slot)] ?? at_least?.[own(slot)] ?? null);
  const pane: Frame = { ...main.frame, answer, value, drawn: value, mark, under: none, atLeast: none };
  return fitted({
    frame: pane,
    kind: 'bars',
    unit: writer.unitOf(answer.unit, highest([value]), true),
    isCount: true,
    isRelative: false,
    value,
    compared: none,
    mean7: none,
    low: none,
    high: none,
    bound,
    box: null,
    xmr: null,
    signals: new Map(),
    flags: new Map(),
  });
}

function flagsOf(answer: Answer, shown: Frame): Map<number, string> {
  const flags = new Map<number, string>();
  for (const { start, text } of answer.flags ?? []) {
    const at = Date.parse(start) / 1000;
    let slot = shown.start.findLastIndex((begin) => begin <= at);
    // A holiday whose closed hours were left out is flagged where the next slot begins.
    if (slot >= 0 && at >= (shown.end[slot] ?? 0)) slot += 1;
    if (slot < 0 || slot >= shown.start.length) continue;
    const before = flags.get(slot);
    flags.set(slot, before ? `${before}; ${text}` : text);
  }
  return flags;
}

function highest(rows: Row[]): number {
  let top = 0;
  for (const row of rows) for (const value of row) if (value !== null && value > top) top = value;
  return top;
}
