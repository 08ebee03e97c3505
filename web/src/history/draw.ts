/** What is drawn on the canvas besides lines and axes, which uPlot draws: only what is in view. */
import type uPlot from 'uplot';
import { drawGround, drawOutline, isDense } from './dense';
import type { Scene } from './scene';
import type { Theme } from './theme';

/** Below this many device pixels a slot, bars are drawn as the outline of all of them. */
const LEAST_BAR_PX = 2;
const BAR_SHARE = 0.74;
const MOST_STAFFS = 5;

export interface Canvas {
  u: uPlot;
  scene: Scene;
  theme: Theme;
  first: number;
  last: number;
  /** Device pixels of a CSS pixel. */
  fine: number;
  /** Device pixels of a slot. */
  slotPx: number;
}

export function canvasOf(u: uPlot, scene: Scene, theme: Theme): Canvas {
  const { min = 0, max = 1 } = u.scales.x ?? {};
  const length = scene.frame.slots.length;
  return {
    u,
    scene,
    theme,
    first: Math.max(0, Math.floor(min)),
    last: Math.min(length - 1, Math.ceil(max)),
    fine: window.devicePixelRatio,
    slotPx: u.bbox.width / (max - min || 1),
  };
}

const x = (canvas: Canvas, slot: number): number => canvas.u.valToPos(slot, 'x', true);
export const y = (canvas: Canvas, value: number): number => canvas.u.valToPos(value, 'y', true);

function inPlot({ u }: Canvas, draw: (ctx: CanvasRenderingContext2D) => void): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

/** Stretches that were closed or without data, behind everything else. */
export function drawStates(canvas: Canvas): void {
  const { frame } = canvas.scene;
  const { bbox } = canvas.u;
  const stateOf = (slot: number): string => {
    const mark = frame.mark[slot];
    return (mark === 'closed' || mark === 'x') && frame.value[slot] == null ? mark : '';
  };
  inPlot(canvas, (ctx) => {
    for (let slot = canvas.first; slot <= canvas.last; slot += 1) {
      const state = stateOf(slot);
      if (!state) continue;
      const from = slot;
      while (slot < canvas.last && stateOf(slot + 1) === state) slot += 1;
      const left = Math.round(x(canvas, from - 0.5));
      const width = Math.max(1, Math.round(x(canvas, slot + 0.5)) - left);
      ctx.fillStyle = state === 'x' ? canvas.theme.colour.missing : canvas.theme.colour.shut;
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
  });
}

/** Bars, or boxes from P10 to P90 with the median across and the longest above. */
export function drawBodies(canvas: Canvas): void {
  const { scene, theme } = canvas;
  inPlot(canvas, (ctx) => {
    if (isDense(canvas)) {
      if (scene.kind === 'line') drawGround(canvas, ctx, scene.value, theme.colour.bar);
      else drawOutline(canvas, ctx);
      drawGround(canvas, ctx, scene.compared, theme.colour.other);
      drawGround(canvas, ctx, scene.mean7, theme.colour.mean);
    } else if (scene.kind === 'line') return;
    else if (scene.kind === 'box') drawBoxes(canvas, ctx);
    else if (canvas.slotPx < LEAST_BAR_PX) drawOutline(canvas, ctx);
    else drawBars(canvas, ctx);
  });
}

function drawBars(canvas: Canvas, ctx: CanvasRenderingContext2D): void {
  const { value, frame } = canvas.scene;
  const base = Math.round(y(canvas, Math.max(0, canvas.u.scales.y?.min ?? 0)));
  const width = Math.max(1, Math.round(canvas.slotPx * BAR_SHARE));
  const line = Math.max(1, Math.round(canvas.fine * 1.25));
  const { colour } = canvas.theme;
  ctx.lineWidth = line;
  for (let slot = canvas.first; slot <= canvas.last; slot += 1) {
    const own = value[slot];
    if (own == null) continue;
    const left = Math.round(x(canvas, slot) - width / 2);
    const top = Math.round(y(canvas, own));
    const height = Math.max(own === 0 ? line : 1, base - top);
    if (!isOpen(frame.mark[slot])) {
      ctx.fillStyle = colour.bar;
      ctx.fillRect(left, base - height, width, height);
    } else if (width < 4 * line) {
      ctx.fillStyle = colour['bar-soft'];
      ctx.fillRect(left, base - height, width, height);
    } else {
      ctx.fillStyle = colour.card;
      ctx.fillRect(left, base - height, width, height);
      ctx.strokeStyle = colour.bar;
      ctx.strokeRect(left + line / 2, base - height + line / 2, width - line, Math.max(0, height - line));
    }
  }
}

/** A sign at the upper edge: the box goes on above. */
function drawBeyond(canvas: Canvas, ctx: CanvasRenderingContext2D, middle: number): void {
  const [top, size] = [canvas.u.bbox.top, 4 * canvas.fine];
  ctx.fillStyle = canvas.theme.colour.ink;
  ctx.beginPath();
  ctx.moveTo(middle, top + 1);
  ctx.lineTo(middle + size, top + 1 + size * 1.5);
  ctx.lineTo(middle - size, top + 1 + size * 1.5);
  ctx.fill();
}

function drawBoxes(canvas: Canvas, ctx: CanvasRenderingContext2D): void {
  const { value, box, frame } = canvas.scene;
  if (!box) return;
  const width = Math.max(1, Math.round(canvas.slotPx * BAR_SHARE));
  const line = Math.max(1, Math.round(canvas.fine * 1.5));
  const { colour } = canvas.theme;
  for (let slot = canvas.first; slot <= canvas.last; slot += 1) {
    const [low, median, high, most] = [box.p10[slot], value[slot], box.p90[slot], box.max[slot]];
    const middle = Math.round(x(canvas, slot));
    const left = middle - Math.floor(width / 2);
    if (low != null && high != null) {
      const [top, bottom] = [Math.round(y(canvas, high)), Math.round(y(canvas, low))];
      if (most != null && width > 3) {
        ctx.fillStyle = colour.rule;
        const cap = Math.round(y(canvas, most));
        ctx.fillRect(middle - Math.floor(line / 2), cap, line, Math.max(0, top - cap));
        ctx.fillStyle = colour.soft;
        ctx.fillRect(middle - Math.floor(width / 4), cap, Math.max(line, Math.floor(width / 2)), line);
      }
      ctx.fillStyle = isOpen(frame.mark[slot]) ? colour.card : colour['bar-soft'];
      ctx.fillRect(left, top, width, Math.max(1, bottom - top));
      if (width > 4) {
        ctx.strokeStyle = colour.bar;
        ctx.lineWidth = Math.max(1, canvas.fine);
        ctx.strokeRect(left + 0.5, top + 0.5, width - 1, Math.max(1, bottom - top) - 1);
      }
      if (top < canvas.u.bbox.top) drawBeyond(canvas, ctx, middle);
    }
    if (median != null) {
      ctx.fillStyle = colour.ink;
      ctx.fillRect(left, Math.round(y(canvas, median) - line / 2), width, line);
    }
  }
}

/** Provisional, or measured over part of the time only. */
function isOpen(mark: string | undefined): boolean {
  return mark === 'p' || mark === 'u';
}

/** Signs of single slots: hollow points, few contacts, bounds, nothing to measure, signals, flags. */
export function drawSigns(canvas: Canvas): void {
  const { scene, theme } = canvas;
  const { colour } = theme;
  inPlot(canvas, (ctx) => {
    drawLimits(canvas, ctx);
    if (canvas.slotPx < 1.5 * canvas.fine) return;
    const base = y(canvas, canvas.u.scales.y?.min ?? 0);
    const radius = Math.min(3.5 * canvas.fine, Math.max(1.2 * canvas.fine, canvas.slotPx * 0.4));
    for (let slot = canvas.first; slot <= canvas.last; slot += 1) {
      const [value, bound, mark] = [scene.value[slot], scene.bound[slot], scene.frame.mark[slot]];
      const at = x(canvas, slot);
      if (value != null) {
        const isAlone = scene.value[slot - 1] == null && scene.value[slot + 1] == null;
        if (scene.kind === 'line' && (isOpen(mark) || isAlone)) {
          dot(
            ctx,
            at,
            y(canvas, value),
            radius,
            isOpen(mark) ? colour.card : colour.bar,
            colour.bar,
            canvas.fine,
          );
        }
        if (scene.signals.has(slot)) {
          dot(
            ctx,
            at,
            y(canvas, value),
            radius + 2 * canvas.fine,
            'transparent',
            colour.busy,
            2 * canvas.fine,
          );
        }
      } else if (bound != null) {
        triangle(ctx, at, y(canvas, bound), radius * 1.3, scene.frame.under[slot] != null, colour.busy);
      } else if (mark === 'c') {
        dot(ctx, at, base - radius - canvas.fine, Math.min(radius, 2.5 * canvas.fine), colour.soft);
      } else if (mark === '') {
        ctx.fillStyle = colour.soft;
        ctx.fillRect(at - radius, base - 2 * canvas.fine, 2 * radius, canvas.fine);
      }
    }
  });
  drawFlags(canvas);
}

function drawLimits(canvas: Canvas, ctx: CanvasRenderingContext2D): void {
  const { xmr } = canvas.scene;
  if (!xmr) return;
  const { left, width } = canvas.u.bbox;
  ctx.strokeStyle = canvas.theme.colour.busy;
  ctx.lineWidth = canvas.fine;
  for (const [value, dash] of [
    [xmr.centre, []],
    [xmr.lower, [6, 4]],
    [xmr.upper, [6, 4]],
  ] as const) {
    const at = Math.round(y(canvas, value)) + 0.5;
    ctx.setLineDash(dash.map((part) => part * canvas.fine));
    ctx.beginPath();
    ctx.moveTo(left, at);
    ctx.lineTo(left + width, at);
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

/** A pennant for each known event in view, on a staff that stands on the axis. */
function drawFlags(canvas: Canvas): void {
  const { u, scene, theme, fine } = canvas;
  const { ctx, bbox } = u;
  ctx.save();
  ctx.fillStyle = theme.colour.other;
  ctx.strokeStyle = theme.colour.other;
  ctx.lineWidth = fine;
  const inView = [...scene.flags.keys()].filter((slot) => slot >= canvas.first && slot <= canvas.last);
  // Many staffs would be a fence before the figures.
  const foot = inView.length > MOST_STAFFS ? bbox.top + 16 * fine : bbox.top + bbox.height;
  for (const slot of inView) {
    const at = Math.round(x(canvas, slot)) + 0.5;
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    ctx.setLineDash([2 * fine, 3 * fine]);
    ctx.beginPath();
    ctx.moveTo(at, foot);
    ctx.lineTo(at, bbox.top);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at + 9 * fine, bbox.top + 4 * fine);
    ctx.lineTo(at, bbox.top + 8 * fine);
    ctx.fill();
  }
  ctx.restore();
}

function dot(
  ctx: CanvasRenderingContext2D,
  at: number,
  height: number,
  radius: number,
  fill: string,
  stroke?: string,
  width = 1,
): void {
  ctx.beginPath();
  ctx.arc(at, height, radius, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.fill();
  if (!stroke) return;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = Math.max(width, 1) * 1.5;
  ctx.stroke();
}

/** Points down where the value is under the bound, up where it is at least that. */
function triangle(
  ctx: CanvasRenderingContext2D,
  at: number,
  height: number,
  size: number,
  isDown: boolean,
  fill: string,
): void {
  const tip = isDown ? size : -size;
  ctx.beginPath();
  ctx.moveTo(at - size, height - tip);
  ctx.lineTo(at + size, height - tip);
  ctx.lineTo(at, height);
  ctx.fillStyle = fill;
  ctx.fill();
}
