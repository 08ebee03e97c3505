/** How more points than pixels are drawn: what each pixel would show of them. */
import { type Canvas, y } from './draw';
import { type Envelope, envelope } from './scale';

/** Whether so many slots share a pixel that lines are drawn as the ground they cover. */
export function isDense({ slotPx, fine }: Canvas): boolean {
  return slotPx < fine / 2;
}

/** All bars of a pixel at once: full up to the lowest, pale up to the highest. */
export function drawOutline(canvas: Canvas, ctx: CanvasRenderingContext2D): void {
  const { left } = canvas.u.bbox;
  const { low, high } = folded(canvas, canvas.scene.value);
  const base = y(canvas, Math.max(0, canvas.u.scales.y?.min ?? 0));
  for (const [row, colour] of [
    [high, canvas.theme.colour['bar-soft']],
    [low, canvas.theme.colour.bar],
  ] as const) {
    ctx.fillStyle = colour;
    for (const [pixel, value] of row.entries()) {
      if (Number.isNaN(value)) continue;
      const top = y(canvas, value);
      ctx.fillRect(left + pixel, top, 1, base - top);
    }
  }
}

/** A line of more points than pixels: in each pixel from the lowest to the highest, without holes. */
export function drawGround(
  canvas: Canvas,
  ctx: CanvasRenderingContext2D,
  row: readonly (number | null)[],
  colour: string,
): void {
  if (!canvas.scene.fit.includes(row as (number | null)[])) return;
  const { left } = canvas.u.bbox;
  const { low, high } = folded(canvas, row);
  ctx.fillStyle = colour;
  let [top, bottom] = [Number.NaN, Number.NaN];
  for (let pixel = 0; pixel < low.length; pixel += 1) {
    let [upper, lower] = [y(canvas, high[pixel] as number), y(canvas, low[pixel] as number)];
    const own = [upper, lower] as const;
    // Joined to the pixel before, unless that has nothing.
    if (lower < top) lower = top;
    if (upper > bottom) upper = bottom;
    [top, bottom] = own;
    if (!Number.isNaN(upper))
      ctx.fillRect(left + pixel, upper, 1, Math.max(1.5 * canvas.fine, lower - upper));
  }
}

function folded(canvas: Canvas, row: readonly (number | null)[]): Envelope {
  const { bbox } = canvas.u;
  const { min = 0 } = canvas.u.scales.x ?? {};
  const pixels = Math.ceil(bbox.width);
  return envelope(row, canvas.first, canvas.last, pixels, (slot) => (slot - min) * canvas.slotPx);
}
