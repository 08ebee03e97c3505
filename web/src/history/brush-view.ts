/** The brush: the whole history, small, with the stretch shown between two handles. */
import { type Days, dayAt, type Handle, keyMove, moveBoth, moveHandle, placeOf } from './brush';
import type { Zone } from './civil';
import type { Answer } from './types';
import type { Writer } from './write';

/** Keys pressed one after the other are one change. */
const KEYS_MS = 350;
const HEIGHT = 40;
const SVG = 'http://www.w3.org/2000/svg';

export interface BrushEvents {
  /** The stretch is being moved. */
  preview(days: Days): void;
  /** It was let go. */
  choose(days: Days): void;
}

export class Brush {
  private shown: Days;
  private readonly bounds: Days;
  private readonly writer: Writer;
  private readonly zone: Zone;
  private readonly on: BrushEvents;
  private readonly track: HTMLElement;
  private readonly window: HTMLElement;
  private readonly handles: Record<Handle, HTMLElement>;
  private readonly outline: SVGPathElement;
  private waiting: number | undefined;

  constructor(root: HTMLElement, bounds: Days, shown: Days, writer: Writer, zone: Zone, on: BrushEvents) {
    this.bounds = bounds;
    this.shown = shown;
    this.writer = writer;
    this.zone = zone;
    this.on = on;
    root.classList.add('brush');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', writer.word('brush_label'));
    this.track = div('brush-track');
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 1000 ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    this.outline = document.createElementNS(SVG, 'path');
    svg.append(this.outline);
    this.window = div('brush-window');
    this.handles = { from: this.handle('from'), until: this.handle('until') };
    this.track.append(svg, this.window, this.handles.from, this.handles.until);
    root.append(this.track);
    this.drag(this.window, 'both');
    this.show(shown);
  }

  /** Draws the whole history. */
  outlineOf(overview: Answer): void {
    const { start, end, value } = overview.columns;
    const top = Math.max(1, ...value.map((own) => own ?? 0));
    const first = this.zone.dayStart(this.bounds.from);
    const last = this.zone.dayStart(this.bounds.until + 1);
    const place = (at: number): number => {
      return Math.min(1000, Math.max(0, (1000 * (at - first)) / (last - first)));
    };
    const parts = value.map((own, index) => {
      if (own === null) return '';
      const [left, right] = [place(start[index] ?? 0).toFixed(1), place(end[index] ?? 0).toFixed(1)];
      const high = (HEIGHT - (own / top) * (HEIGHT - 4)).toFixed(1);
      return `M${left} ${HEIGHT}V${high}H${right}V${HEIGHT}Z`;
    });
    this.outline.setAttribute('d', parts.join(''));
  }

  /** Puts the handles where the view is. */
  show(days: Days): void {
    this.shown = days;
    const [left, right] = [placeOf(days.from, this.bounds), placeOf(days.until + 1, this.bounds)];
    this.window.style.left = `${left * 100}%`;
    this.window.style.width = `${(right - left) * 100}%`;
    for (const [name, place, day] of [
      ['from', left, days.from],
      ['until', right, days.until],
    ] as const) {
      const handle = this.handles[name];
      handle.style.left = `${place * 100}%`;
      handle.setAttribute('aria-valuenow', String(day));
      handle.setAttribute('aria-valuetext', this.writer.longDay(day));
    }
  }

  private handle(name: Handle): HTMLElement {
    const handle = div(`brush-handle is-${name}`);
    handle.tabIndex = 0;
    handle.setAttribute('role', 'slider');
    handle.setAttribute('aria-label', this.writer.word(name === 'from' ? 'brush_start' : 'brush_end'));
    handle.setAttribute('aria-valuemin', String(this.bounds.from));
    handle.setAttribute('aria-valuemax', String(this.bounds.until));
    handle.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const to = keyMove(event.key, name, this.shown, this.bounds);
      if (to === undefined) return;
      event.preventDefault();
      this.show(moveHandle(name, to, this.shown, this.bounds));
      this.on.preview(this.shown);
      window.clearTimeout(this.waiting);
      this.waiting = window.setTimeout(() => this.on.choose(this.shown), KEYS_MS);
    });
    this.drag(handle, name);
    return handle;
  }

  private drag(element: HTMLElement, what: Handle | 'both'): void {
    let start: { x: number; days: Days } | null = null;
    element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      start = { x: event.clientX, days: this.shown };
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener('pointermove', (event) => {
      if (!start) return;
      const { width } = this.track.getBoundingClientRect();
      const length = this.bounds.until + 1 - this.bounds.from;
      const by = ((event.clientX - start.x) / width) * length;
      this.show(
        what === 'both'
          ? moveBoth(by, start.days, this.bounds)
          : moveHandle(what, start.days[what] + by, start.days, this.bounds),
      );
      this.on.preview(this.shown);
    });
    const end = (): void => {
      if (!start) return;
      const isMoved = start.days.from !== this.shown.from || start.days.until !== this.shown.until;
      start = null;
      if (isMoved) this.on.choose(this.shown);
    };
    element.addEventListener('pointerup', end);
    element.addEventListener('pointercancel', end);
    if (what !== 'both') return;
    // A click beside the stretch brings it there.
    this.track.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.closest('.brush-handle, .brush-window')) return;
      const { left, width } = this.track.getBoundingClientRect();
      const day = dayAt((event.clientX - left) / width, this.bounds);
      const middle = (this.shown.from + this.shown.until) / 2;
      this.show(moveBoth(day - middle, this.shown, this.bounds));
      this.on.choose(this.shown);
    });
  }
}

function div(names: string): HTMLElement {
  const element = document.createElement('div');
  element.className = names;
  return element;
}
