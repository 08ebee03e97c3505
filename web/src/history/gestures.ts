/**
 * Mouse, pen and fingers over the chart. One pointer that moves sideways points or selects, two
 * fingers move and zoom, up and down stays with the page (`touch-action: pan-y`).
 */

export interface Gestures {
  /** The crosshair goes there; null when the pointer has left. */
  point(px: number | null): void;
  /** A stretch is being chosen. */
  marking(from: number, to: number): void;
  /** A stretch was chosen, or given up. */
  marked(from: number, to: number): void;
  /** Moves what is shown by so many pixels. */
  move(px: number): void;
  /** Shows less (factor below 1) or more about a place; false if nothing changed. */
  zoom(px: number, factor: number): boolean;
  /** A gesture is over. */
  settle(): void;
  reset(): void;
}

/** A mouse that moved less has clicked. */
const CLICK_PX = 5;
const WHEEL_STEP = 0.0018;
/** A page that is being scrolled goes on scrolling when the chart comes under the pointer. */
const SCROLLING_MS = 300;
const DOUBLE_TAP_MS = 350;

interface Finger {
  x: number;
  startX: number;
}

/** Listens on a surface; returns what stops it. */
export function listen(surface: HTMLElement, on: Gestures): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const fingers = new Map<number, Finger>();
  let isMoving = false;
  let lastTap = 0;
  const place = (event: MouseEvent): number => event.clientX - surface.getBoundingClientRect().left;
  const pair = (): [number, number] => {
    const [a, b] = [...fingers.values()];
    const [left, right] = [a?.x ?? 0, b?.x ?? 0];
    return [(left + right) / 2, Math.max(20, Math.abs(left - right))];
  };

  const down = (event: PointerEvent): void => {
    if (event.pointerType === 'mouse' && event.button > 1) return;
    const x = place(event);
    fingers.set(event.pointerId, { x, startX: x });
    surface.setPointerCapture(event.pointerId);
    isMoving = event.shiftKey || event.button === 1 || fingers.size > 1;
    if (event.pointerType !== 'mouse') tap(event, x);
    if (fingers.size > 1) on.point(null);
  };
  const tap = (event: PointerEvent, x: number): void => {
    const isDouble = fingers.size === 1 && event.timeStamp - lastTap < DOUBLE_TAP_MS;
    lastTap = isDouble ? 0 : event.timeStamp;
    if (isDouble) on.reset();
    else on.point(x);
  };
  const move = (event: PointerEvent): void => {
    const x = place(event);
    const finger = fingers.get(event.pointerId);
    if (!finger) {
      if (event.pointerType === 'mouse') on.point(x);
      return;
    }
    const [oldMiddle, oldWidth] = pair();
    const by = x - finger.x;
    finger.x = x;
    if (fingers.size > 1) {
      const [middle, width] = pair();
      on.move(oldMiddle - middle);
      on.zoom(middle, oldWidth / width);
    } else if (isMoving) on.move(-by);
    else if (event.pointerType !== 'mouse') on.point(x);
    else if (Math.abs(x - finger.startX) >= CLICK_PX) on.marking(finger.startX, x);
  };
  const up = (event: PointerEvent): void => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const hadTwo = fingers.size > 1;
    fingers.delete(event.pointerId);
    if (isMoving) {
      if (fingers.size === 0 || hadTwo) on.settle();
      // The finger that stays goes on moving rather than jumping the crosshair.
      isMoving = fingers.size > 0;
    } else if (event.pointerType === 'mouse') {
      const isClick = event.type !== 'pointerup' || Math.abs(finger.x - finger.startX) < CLICK_PX;
      on.marked(finger.startX, isClick ? finger.startX : finger.x);
    }
  };
  surface.addEventListener('pointerdown', down, options);
  surface.addEventListener('pointermove', move, options);
  surface.addEventListener('pointerup', up, options);
  surface.addEventListener('pointercancel', up, options);
  surface.addEventListener(
    'pointerleave',
    (event) => {
      if (event.pointerType === 'mouse' && fingers.size === 0) on.point(null);
    },
    options,
  );
  surface.addEventListener('dblclick', () => on.reset(), options);
  wheel(surface, on, place, options);
  return () => stop.abort();
}

function wheel(
  surface: HTMLElement,
  on: Gestures,
  place: (event: MouseEvent) => number,
  options: { signal: AbortSignal },
): void {
  let scrolledAt = Number.NEGATIVE_INFINITY;
  const elsewhere = (event: WheelEvent): void => {
    if (!surface.contains(event.target as Node)) scrolledAt = event.timeStamp;
  };
  window.addEventListener('wheel', elsewhere, { ...options, passive: true, capture: true });
  const turn = (event: WheelEvent): void => {
    const isScrolling = event.timeStamp - scrolledAt < SCROLLING_MS && !event.ctrlKey;
    if (isScrolling) {
      scrolledAt = event.timeStamp;
      return;
    }
    // Lines and pages of wheels that count in those.
    const unit = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? 16 : 400;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      event.preventDefault();
      on.move((event.deltaX || event.deltaY) * unit);
    } else {
      const strength = event.ctrlKey ? 5 : 1;
      const turned = Math.max(-250, Math.min(250, event.deltaY * unit * strength));
      // Zoomed out as far as it goes, the wheel scrolls the page again.
      if (!on.zoom(place(event), Math.exp(turned * WHEEL_STEP))) return;
      event.preventDefault();
    }
    on.settle();
  };
  surface.addEventListener('wheel', turn, { ...options, passive: false });
}
