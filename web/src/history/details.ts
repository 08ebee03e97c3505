/** What is said of one point: in the box beside the crosshair and to screen readers. */
import type { Zone } from './civil';
import type { Scene } from './scene';
import type { View } from './view';
import type { Writer } from './write';

export interface Details {
  when: string;
  /** The value, or why there is none. */
  value: string;
  /** Label and text of all that is said besides. */
  rows: [string, string][];
}

const MARKS: Record<string, string> = {
  p: 'provisional',
  r: 'revised',
  b: 'broken',
  u: 'unreliable',
};

/** Why a point has no value. */
const REASONS: Record<string, string> = { c: 'withheld', x: 'missing', closed: 'shut' };

export function details(
  main: Scene,
  volume: Scene | null,
  slot: number,
  view: View,
  zone: Zone,
  writer: Writer,
): Details {
  const { frame } = main;
  const { grain } = frame.answer;
  const word = (name: string): string => writer.word(name);
  const rows: Details['rows'] = [];
  const n = frame.n[slot];
  if (n != null && !view.measure.is_count) rows.push([word('cases'), writer.number(n, 0)]);
  if (main.isRelative) addAbsolute(rows, main, slot, writer);
  if (main.box) addBox(rows, main, slot, writer);
  addComparison(rows, main, slot, zone, writer);
  addOverlays(rows, main, slot, writer);
  if (volume) {
    const label = view.volume?.name ?? '';
    rows.push([label, figure(volume, slot, writer)]);
  }
  const mark = MARKS[frame.mark[slot] ?? ''];
  if (mark) rows.push([word('mark'), word(mark)]);
  const flag = main.flags.get(slot);
  if (flag) rows.push([word('flags'), flag]);
  const signal = main.signals.get(slot);
  if (signal) rows.push([word('xmr_signal'), word(`rule_${signal}`)]);
  const when = writer.stretch(frame.start[slot] ?? 0, frame.end[slot] ?? 0, grain, zone);
  return { when, value: figure(main, slot, writer), rows };
}

/** The value of a slot with its unit, its bound, or why there is none. */
export function figure(scene: Scene, slot: number, writer: Writer): string {
  const { unit, frame } = scene;
  const write = (drawn: number): string => writer.amount(drawn, unit);
  const value = scene.value[slot];
  if (value != null) return write(value);
  const bound = scene.bound[slot];
  if (bound != null) {
    const isUnder = frame.under[slot] != null || frame.atLeast[slot] == null;
    return `${writer.word(isUnder ? 'under' : 'at_least')} ${write(bound)}`;
  }
  return writer.word(REASONS[frame.mark[slot] ?? ''] ?? 'no_basis');
}

/** The values behind percents. */
function addAbsolute(rows: Details['rows'], { frame }: Scene, slot: number, writer: Writer): void {
  const value = frame.value[slot];
  if (value == null) return;
  const isWhole = frame.value.every((own) => own === null || Number.isInteger(own));
  const unit = writer.unitOf(frame.answer.unit, value, isWhole);
  rows.push([writer.word('value'), writer.amount(value / unit.divisor, unit)]);
}

function addBox(rows: Details['rows'], { box, unit }: Scene, slot: number, writer: Writer): void {
  for (const [name, row] of [
    ['box_p10', box?.p10],
    ['box_p90', box?.p90],
    ['box_max', box?.max],
  ] as const) {
    const value = row?.[slot];
    if (value == null) continue;
    rows.push([writer.word(name), writer.amount(value, unit)]);
  }
}

/** The other value and the difference, which is called one only where the server found it to be. */
function addComparison(rows: Details['rows'], scene: Scene, slot: number, zone: Zone, writer: Writer): void {
  const { compare } = scene.frame.answer;
  const other = scene.compared[slot];
  if (!compare || other == null) return;
  const { unit } = scene;
  const word = (name: string): string => writer.word(name);
  if (!scene.isRelative) {
    rows.push([otherName(scene, slot, zone, writer), writer.amount(other, unit)]);
  }
  const own = scene.value[slot];
  if (own == null) return;
  const difference = own - other;
  // From 50 % to 60 % is ten points more, or a fifth, but not ten percent.
  const name = unit.name === '%' ? word('percent_points') : unit.name;
  const size = writer.amount(Math.abs(difference), { ...unit, name });
  const direction = word(difference < 0 ? 'lower' : 'higher');
  const change = scene.frame.change[slot];
  const judged = change === null ? word('not_judged') : word('no_clear_change');
  const isClear = change === 'up' || change === 'down';
  // What rounds to nought is not called higher or lower.
  const isNone = !/[1-9]/.test(size);
  const text = isNone ? size : `${size} ${direction}`;
  rows.push([word('difference'), isClear || isNone ? text : `${text} (${judged})`]);
}

/** Another time is named by when it was, all else by its label. */
function otherName({ frame }: Scene, slot: number, zone: Zone, writer: Writer): string {
  const { compare, grain } = frame.answer;
  const index = frame.at[slot] ?? -1;
  const [start, end] = [compare?.columns?.start[index], compare?.columns?.end[index]];
  const isOtherTime = compare?.kind === 'before' || compare?.kind === 'last_year';
  if (isOtherTime && start != null && end != null) return writer.stretch(start, end, grain, zone);
  return compare?.label ?? '';
}

function addOverlays(rows: Details['rows'], scene: Scene, slot: number, writer: Writer): void {
  const { unit } = scene;
  const write = (value: number): string => writer.number(value, unit.decimals);
  const mean = scene.mean7[slot];
  if (mean != null) rows.push([writer.word('overlay_mean7'), writer.amount(mean, unit)]);
  const [low, high] = [scene.low[slot], scene.high[slot]];
  if (low != null && high != null) {
    rows.push([writer.word('overlay_band'), writer.withUnit(`${write(low)}–${write(high)}`, unit.name)]);
  }
}

/** One sentence for screen readers. */
export function spoken({ when, value, rows }: Details): string {
  return [`${when}: ${value}`, ...rows.map(([label, text]) => `${label}: ${text}`)].join('. ');
}
