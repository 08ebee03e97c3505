/** The two panes as one chart: same stretch of time, crosshairs in step, one place to listen to. */
import { Pane } from './pane';
import type { Scene } from './scene';
import { isSameSpan, type Span, wholeSpan } from './span';
import type { Theme } from './theme';
import type { Writer } from './write';

/** Panes are this much of the width high, within limits. */
const MAIN = { share: 0.36, least: 220, most: 380 };
const VOLUME_PX = 116;

export interface Scenes {
  main: Scene;
  volume: Scene | null;
}

export class Chart {
  scenes: Scenes;
  span: Span;
  /** The slot under the crosshair. */
  slot: number | null = null;
  private readonly panes: Pane[] = [];
  private readonly roots: { main: HTMLElement; volume: HTMLElement };
  private readonly writer: Writer;
  private readonly theme: () => Theme;
  private gutter = 40;
  private wanted: Span | null = null;

  constructor(
    roots: { main: HTMLElement; volume: HTMLElement },
    scenes: Scenes,
    span: Span,
    writer: Writer,
    theme: () => Theme,
  ) {
    this.roots = roots;
    this.scenes = scenes;
    this.span = span;
    this.writer = writer;
    this.theme = theme;
    this.build();
  }

  /** Where pointers are over the chart: one surface a pane. */
  get surfaces(): HTMLElement[] {
    return this.panes.map(({ plot }) => plot.over);
  }

  /** The limits of zooming and moving. */
  get limits(): Span {
    return wholeSpan(this.scenes.main.frame.slots.length);
  }

  /** Shows other figures; true if panes came or went, with their surfaces. */
  show(scenes: Scenes, span: Span): boolean {
    const isOther = (scenes.volume === null) !== (this.scenes.volume === null);
    const gutter = this.gutterOf(scenes);
    const isWider = gutter !== this.gutter;
    this.scenes = scenes;
    this.span = span;
    this.slot = null;
    if (isOther || isWider) {
      this.build();
      return true;
    }
    for (const pane of this.panes) pane.refresh();
    this.point(null);
    return false;
  }

  /** Shows another stretch, at the next picture of the screen. */
  look(span: Span): void {
    if (isSameSpan(span, this.wanted ?? this.span)) return;
    const isWaiting = this.wanted !== null;
    this.wanted = span;
    if (!isWaiting) requestAnimationFrame(() => this.lookNow());
  }

  private lookNow(): void {
    if (!this.wanted) return;
    this.span = this.wanted;
    this.wanted = null;
    for (const pane of this.panes) pane.follow();
    this.point(this.slot);
  }

  /** Puts the crosshair on a slot, or takes it away. */
  point(slot: number | null): void {
    this.slot = slot;
    for (const { plot } of this.panes) {
      const left = slot === null ? -10 : plot.valToPos(slot, 'x');
      const isOutside = left < 0 || left > plot.over.clientWidth;
      plot.setCursor(isOutside ? { left: -10, top: -10 } : { left, top: 1 }, false);
    }
  }

  /** Marks a stretch that is being chosen, in pixels of the plot; null takes the mark away. */
  mark(stretch: { from: number; to: number } | null): void {
    for (const { plot } of this.panes) {
      const left = stretch ? Math.min(stretch.from, stretch.to) : 0;
      const width = stretch ? Math.abs(stretch.to - stretch.from) : 0;
      plot.setSelect({ left, top: 0, width, height: stretch ? plot.over.clientHeight : 0 }, false);
    }
  }

  /** The abscissa at a number of pixels from the left of the plot. */
  at(px: number): number {
    const { min, max } = this.wanted ?? this.span;
    return min + (px / this.width) * (max - min);
  }

  /** The nearest slot. */
  slotAt(px: number): number {
    const last = this.scenes.main.frame.slots.length - 1;
    return Math.min(last, Math.max(0, Math.round(this.at(px))));
  }

  /** Where a slot is, in pixels from the left of the plot. */
  placeOf(slot: number): number {
    return this.panes[0]?.plot.valToPos(slot, 'x') ?? 0;
  }

  get width(): number {
    return this.panes[0]?.plot.over.clientWidth || 1;
  }

  resize(): void {
    const width = this.roots.main.clientWidth;
    const heights = [this.mainHeight(width), VOLUME_PX];
    for (const [index, pane] of this.panes.entries()) pane.resize(width, heights[index] ?? VOLUME_PX);
    this.point(this.slot);
  }

  redraw(): void {
    for (const pane of this.panes) pane.redraw();
  }

  private mainHeight(width: number): number {
    return Math.round(Math.min(MAIN.most, Math.max(MAIN.least, width * MAIN.share)));
  }

  private build(): void {
    for (const { plot } of this.panes.splice(0)) plot.destroy();
    this.gutter = this.gutterOf(this.scenes);
    const { main, volume } = this.roots;
    const hasVolume = this.scenes.volume !== null;
    volume.hidden = !hasVolume;
    const shared = {
      writer: this.writer,
      span: () => this.span,
      theme: this.theme,
      gutter: () => this.gutter,
    };
    const height = this.mainHeight(main.clientWidth);
    const scene = (): Scene => this.scenes.main;
    this.panes.push(new Pane({ ...shared, root: main, height, hasTimes: !hasVolume, scene }));
    if (!hasVolume) return;
    const below = (): Scene => this.scenes.volume ?? this.scenes.main;
    this.panes.push(new Pane({ ...shared, root: volume, height: VOLUME_PX, hasTimes: true, scene: below }));
  }

  private gutterOf({ main, volume }: Scenes): number {
    const own = Pane.gutterFor(main, this.writer);
    return Math.max(own, volume ? Pane.gutterFor(volume, this.writer) : 0);
  }
}
