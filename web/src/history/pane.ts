/** One pane: uPlot with our rows, axes and drawing. Interaction is elsewhere. */
import uPlot from 'uplot';
import { isDense } from './dense';
import { canvasOf, drawBodies, drawSigns, drawStates } from './draw';
import { make } from './layout';
import { boxTop, decimalsOf, extremes, roundScale, type Scale, stepsOf } from './scale';
import { hasAny, type Scene } from './scene';
import type { Span } from './span';
import type { Theme } from './theme';
import { ticks } from './ticks';
import type { Writer } from './write';

const AXIS_PX = 26;
const STEP_PX = 52;
const DIGIT_PX = 7;
/** Diameter of the point under the crosshair, as in the style sheet. */
const POINT_PX = 11;

export interface PaneOptions {
  root: HTMLElement;
  height: number;
  /** Whether times are written below. */
  hasTimes: boolean;
  writer: Writer;
  /** What is shown now; the pane asks again for every picture. */
  scene: () => Scene;
  span: () => Span;
  theme: () => Theme;
  /** Width of the column left of the plot, the same for all panes. */
  gutter: () => number;
}

export class Pane {
  readonly plot: uPlot;
  private scale: Scale = { bottom: 0, top: 1, step: 1 };
  private readonly options: PaneOptions;

  constructor(options: PaneOptions) {
    this.options = options;
    this.plot = new uPlot(this.describe(), this.data(), options.root);
    // The picture is described beside it; a canvas says nothing.
    this.plot.root.setAttribute('aria-hidden', 'true');
  }

  /** Draws new figures. */
  refresh(): void {
    const { plot } = this;
    plot.batch(() => {
      const rows = this.data();
      for (const [index, row] of rows.entries()) {
        const show = index === 0 || hasAny(row);
        if (plot.series[index]?.show !== show) plot.setSeries(index, { show }, false);
      }
      plot.setData(rows, false);
      plot.setScale('x', this.options.span());
    });
  }

  /** Shows another stretch of the same figures. */
  follow(): void {
    this.plot.setScale('x', this.options.span());
  }

  /** Colours, sizes or words have changed. */
  redraw(): void {
    this.plot.redraw(true, true);
  }

  resize(width: number, height: number): void {
    if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
  }

  /** The widest number of the ordinate, in pixels. */
  static gutterFor(scene: Scene, writer: Writer): number {
    const last = scene.frame.slots.length - 1;
    const high = scene.box ? boxTop(scene.box, 0, last) : extremes(scene.fit, 0, last)?.high;
    const scale = roundScale(high ?? 1, 4, scene.isCount);
    const widest = Math.max(
      ...stepsOf(scale).map((step) => writer.number(step, decimalsOf(scale.step)).length),
    );
    return widest * DIGIT_PX + 12;
  }

  private data(): (number | null)[][] & uPlot.AlignedData {
    const { frame, value, high, low, compared, mean7 } = this.options.scene();
    return [frame.slots, high, low, value, compared, mean7];
  }

  private range(): uPlot.Range.MinMax {
    const scene = this.options.scene();
    const { min, max } = this.options.span();
    const [first, last] = [Math.max(0, Math.floor(min)), Math.ceil(max)];
    const found = extremes(scene.fit, first, last);
    const high = scene.box ? boxTop(scene.box, first, last) : (found?.high ?? 0);
    const top = Math.max(high, scene.xmr?.upper ?? 0, 0);
    // Only a difference of two shares is ever below nought.
    const low = Math.min(found?.low ?? 0, 0);
    const wanted = Math.max(2, Math.min(5, Math.round(this.options.height / STEP_PX)));
    const isShare = scene.unit.name === '%' && !scene.isRelative;
    this.scale = scene.isRelative
      ? roundScale(Math.max(top, 100), wanted, false, Math.min(found?.low ?? 0, 100))
      : roundScale(isShare && top > 50 ? 100 : top, wanted, scene.isCount, low);
    return [this.scale.bottom, this.scale.top];
  }

  private describe(): uPlot.Options {
    const { root, height, hasTimes, writer, theme, scene, span, gutter } = this.options;
    const colour = (name: keyof Theme['colour']) => () => theme().colour[name];
    const paint = (draw: (canvas: ReturnType<typeof canvasOf>) => void) => (u: uPlot) =>
      draw(canvasOf(u, scene(), theme()));
    const line = uPlot.paths.linear?.();
    const straight: uPlot.Series.PathBuilder = (u, ...rest) =>
      isDense(canvasOf(u, scene(), theme())) ? null : (line?.(u, ...rest) ?? null);
    const grid = { stroke: colour('rule'), width: 1 };
    const text = { stroke: colour('soft'), font: theme().font, ticks: { show: false } };
    const times: uPlot.Axis = {
      ...text,
      scale: 'x',
      size: hasTimes ? AXIS_PX : 0,
      gap: 6,
      grid,
      splits: (u) => this.marks(u).map(({ place }) => place),
      values: (u) => (hasTimes ? this.marks(u).map(({ text }) => text) : []),
    };
    const numbers: uPlot.Axis = {
      ...text,
      scale: 'y',
      size: gutter,
      gap: 6,
      grid,
      splits: () => stepsOf(this.scale),
      values: (_, steps) => steps.map((step) => writer.number(step, decimalsOf(this.scale.step))),
    };
    // The scale is found from all rows at once, by `range`.
    const row = { auto: false, points: { show: false } };
    const value: uPlot.Series = {
      ...row,
      stroke: colour('bar'),
      width: 2,
      paths: (u, ...rest) => (scene().kind === 'line' ? straight(u, ...rest) : null),
    };
    const shown = this.data().map(hasAny);
    return {
      width: root.clientWidth,
      height,
      padding: [8, 8, hasTimes ? 0 : 4, 0],
      legend: { show: false },
      series: [
        {},
        { ...row, paths: straight, width: 0, show: shown[1] === true },
        { ...row, paths: straight, width: 0, show: shown[2] === true },
        value,
        {
          ...row,
          paths: straight,
          stroke: colour('other'),
          width: 1.75,
          dash: [6, 4],
          show: shown[4] === true,
        },
        { ...row, paths: straight, stroke: colour('mean'), width: 2, show: shown[5] === true },
      ],
      bands: [{ series: [1, 2], fill: colour('band') }],
      scales: {
        x: { time: false, auto: false, range: () => [span().min, span().max] },
        y: { range: () => this.range() },
      },
      axes: [times, numbers],
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        bind: silence,
        points: {
          show: (_, index) => (index === 3 || index === 4 ? make('div') : ABSENT),
          size: POINT_PX,
          fill: colour('card'),
          stroke: (_, index) => theme().colour[index === 4 ? 'other' : 'bar'],
        },
      },
      hooks: {
        drawClear: [paint(drawStates)],
        // After the band, before the lines.
        drawSeries: [(u, index) => index === 3 && paint(drawBodies)(u)],
        draw: [paint(drawSigns)],
      },
    };
  }

  private marks(u: uPlot): ReturnType<typeof ticks> {
    const { frame } = this.options.scene();
    const { min, max } = this.options.span();
    const first = Math.max(0, Math.ceil(min));
    const last = Math.min(frame.slots.length - 1, Math.floor(max));
    const px = u.bbox.width / window.devicePixelRatio || this.options.root.clientWidth;
    return ticks(frame.calendar, frame.answer.grain, { first, last }, px, this.options.writer);
  }
}

/** No point for the edges of the band and for means; uPlot takes nothing for that. */
const ABSENT = undefined as unknown as HTMLElement;

/** uPlot hears no pointer itself: gestures of mouse, pen and fingers are read in one place. */
const silent = (): null => null;
const silence: uPlot.Cursor.Bind = {
  mousedown: silent,
  mouseup: silent,
  click: silent,
  dblclick: silent,
  mousemove: silent,
  mouseleave: silent,
  mouseenter: silent,
};
