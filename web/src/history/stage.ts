/** The chart with all that moves on it: crosshair, details box, gestures, keys, announcements. */
import { Chart, type Scenes } from './chart';
import { visitorZone, Zone } from './civil';
import { type Details, details, spoken } from './details';
import { daysOf, slotsBetween, surrounded } from './frame';
import { type Gestures, listen } from './gestures';
import { command } from './keys';
import { fillBox, type Layout, namePane, placeBox } from './layout';
import type { Loaded } from './load';
import { mainScene, volumeScene } from './scene';
import { isSameSpan, moveSpan, type Span, slotsInside, zoomSpan } from './span';
import { onThemeChange, readTheme, type Theme } from './theme';
import type { Answer } from './types';
import { isWithinDay } from './view';
import type { Writer } from './write';

/** A wheel that stood still for this long has been let go. */
const SETTLE_MS = 350;
/** Screen readers are told where the crosshair came to rest, not where it passed. */
const SAY_MS = 250;
const LEAST_SLOTS = 4;
const KEY_ZOOM = 0.6;

/** Points on both sides of a view. */
export interface Around {
  main: Answer;
  volume: Answer | null;
}

export interface StageEvents {
  /** Another stretch is looked at; days, both included. */
  chosen(from: number, until: number): void;
  /** The whole view is asked for while it is shown. */
  reset(): void;
  /** Another stretch is being looked at. */
  passing(from: number, until: number): void;
}

export class Stage {
  private loaded: Loaded;
  private around: Around | null = null;
  private readonly layout: Layout;
  private readonly writer: Writer;
  private readonly centre: Zone;
  private visitor: Zone | undefined;
  private readonly on: StageEvents;
  private readonly chart: Chart;
  private theme: Theme;
  private settling: number | undefined;
  private saying: number | undefined;
  private deaf: (() => void)[] = [];

  constructor(layout: Layout, loaded: Loaded, writer: Writer, centre: Zone, on: StageEvents) {
    this.layout = layout;
    this.loaded = loaded;
    this.writer = writer;
    this.centre = centre;
    this.on = on;
    this.theme = readTheme(layout.root);
    const scenes = this.scenes();
    this.chart = new Chart(layout, scenes, this.whole(scenes), writer, () => this.theme);
    this.hear();
    this.describe();
    this.point(null);
    const { tools, panes, main } = layout;
    tools.in.addEventListener('click', () => this.zoomBy(KEY_ZOOM));
    tools.out.addEventListener('click', () => this.zoomBy(1 / KEY_ZOOM));
    tools.reset.addEventListener('click', () => this.reset());
    panes.addEventListener('keydown', (event) => this.key(event));
    panes.addEventListener('blur', () => this.point(null));
    new ResizeObserver(() => this.chart.resize()).observe(main);
    onThemeChange(() => {
      this.theme = readTheme(layout.root);
      this.chart.redraw();
    });
  }

  /** Shows another view. */
  show(loaded: Loaded): void {
    this.loaded = loaded;
    this.around = null;
    const scenes = this.scenes();
    this.draw(scenes, this.whole(scenes));
  }

  /** Adds what lies on both sides, without moving what is seen. */
  surround(around: Around): void {
    const firstOf = (): number => this.home(this.chart.scenes).first;
    const { span, slot } = this.chart;
    const before = firstOf();
    this.around = around;
    const scenes = this.scenes();
    const shift = this.home(scenes).first - before;
    this.draw(scenes, { min: span.min + shift, max: span.max + shift });
    if (slot !== null) this.point(slot + shift);
  }

  /** Looks at a stretch of days, as far as there are points. */
  preview(from: number, until: number): void {
    const { frame } = this.chart.scenes.main;
    const [start, end] = [this.centre.dayStart(from), this.centre.dayStart(until + 1)];
    if (end <= (frame.start[0] ?? 0) || start >= (frame.end.at(-1) ?? 0)) return;
    const { first, last } = slotsBetween(frame, start, end);
    this.chart.look({ min: first - 0.5, max: last + 0.5 });
  }

  /** Says something to screen readers. */
  say(text: string): void {
    window.clearTimeout(this.saying);
    this.saying = window.setTimeout(() => {
      this.layout.live.textContent = text;
    }, SAY_MS);
  }

  private draw(scenes: Scenes, span: Span): void {
    if (this.chart.show(scenes, span)) this.hear();
    this.describe();
    this.point(null);
  }

  private get labelZone(): Zone {
    const { view } = this.loaded;
    // A day of the centre stays that day wherever it is read.
    if (view.zone !== 'visitor' || !isWithinDay(view.grain)) return this.centre;
    this.visitor ??= new Zone(visitorZone());
    return this.visitor;
  }

  private scenes(): Scenes {
    const { main, volume, box, view } = this.loaded;
    const { around, writer } = this;
    const answer = around ? surrounded(main, around.main) : main;
    const scene = mainScene(answer, main, box, view, this.labelZone, writer);
    const below = volume && (around?.volume ? surrounded(volume, around.volume) : volume);
    return { main: scene, volume: below && volumeScene(below, scene, writer) };
  }

  /** The slots of the view itself. */
  private home({ main }: Scenes): { first: number; last: number } {
    const { start, end } = this.loaded.main.columns;
    return slotsBetween(main.frame, start[0] ?? 0, end.at(-1) ?? 1);
  }

  private whole(scenes: Scenes): Span {
    const { first, last } = this.home(scenes);
    return { min: first - 0.5, max: last + 0.5 };
  }

  private describe(): void {
    const { names } = this.layout;
    const { view } = this.loaded;
    const { main, volume } = this.chart.scenes;
    const { compare } = main.frame.answer;
    const relative = this.writer.word(compare?.columns ? 'percent_of_compare' : 'percent_of_first');
    namePane(names.main, view.measure.name, main.isRelative ? relative : main.unit.axis);
    names.volume.hidden = volume === null;
    if (volume && view.volume) namePane(names.volume, view.volume.name, volume.unit.axis);
  }

  private hear(): void {
    for (const stop of this.deaf) stop();
    this.deaf = this.chart.surfaces.map((surface) => listen(surface, this.gestures()));
  }

  private gestures(): Gestures {
    const { chart } = this;
    return {
      point: (px) => this.point(px === null ? null : chart.slotAt(px)),
      marking: (from, to) => {
        this.point(null);
        chart.mark({ from, to });
      },
      marked: (from, to) => {
        chart.mark(null);
        if (from === to) return;
        const [a, b] = [chart.at(Math.min(from, to)), chart.at(Math.max(from, to))];
        const [first, last] = [Math.round(a + 0.5), Math.round(b - 0.5)];
        const { min, max } = chart.limits;
        const begin = Math.max(min, Math.min(first, last) - 0.5);
        this.look({ min: begin, max: Math.min(max, Math.max(last + 0.5, begin + 1)) });
        this.settle(0);
      },
      move: (px) => {
        const { span } = chart;
        this.look(moveSpan(span, (px / chart.width) * (span.max - span.min), chart.limits));
      },
      zoom: (px, factor) => {
        const span = zoomSpan(chart.span, chart.at(px), factor, chart.limits, LEAST_SLOTS);
        if (isSameSpan(span, chart.span)) return false;
        this.look(span);
        return true;
      },
      settle: () => this.settle(SETTLE_MS),
      reset: () => this.reset(),
    };
  }

  private look(span: Span): void {
    this.chart.look(span);
    const [from, until] = this.daysIn(span);
    this.on.passing(from, until);
  }

  private daysIn(span: Span): [number, number] {
    const { frame } = this.chart.scenes.main;
    const { first, last } = slotsInside(span, frame.slots.length);
    return daysOf(frame, first, last, this.centre);
  }

  /** Once the hand rests, the view becomes what is looked at. */
  private settle(ms: number): void {
    window.clearTimeout(this.settling);
    this.settling = window.setTimeout(() => {
      // Whole weeks and months reach beyond the days that were asked for.
      if (isSameSpan(this.whole(this.chart.scenes), this.chart.span)) return;
      const [from, until] = this.daysIn(this.chart.span);
      this.on.chosen(from, until);
    }, ms);
  }

  /** Back to the whole view; from there, to the view before. */
  private reset(): void {
    window.clearTimeout(this.settling);
    const whole = this.whole(this.chart.scenes);
    if (isSameSpan(whole, this.chart.span)) this.on.reset();
    else this.look(whole);
  }

  private zoomBy(factor: number): void {
    const { chart } = this;
    const about = chart.slot ?? (chart.span.min + chart.span.max) / 2;
    const span = zoomSpan(chart.span, about, factor, chart.limits, LEAST_SLOTS);
    this.look(span);
    const [from, until] = this.daysIn(span);
    this.say(this.writer.days(from, until));
    this.settle(SETTLE_MS);
  }

  private point(slot: number | null): void {
    const { chart, layout } = this;
    chart.point(slot);
    fillBox(layout.box, this.detailsOf(slot ?? this.restingSlot()), slot === null);
    if (slot === null) return;
    const surface = chart.surfaces[0]?.getBoundingClientRect();
    const stage = layout.panes.getBoundingClientRect();
    if (surface) placeBox(layout.box, surface.left - stage.left + chart.placeOf(slot), stage.width);
  }

  private detailsOf(slot: number): Details {
    const { main, volume } = this.chart.scenes;
    return details(main, volume, slot, this.loaded.view, this.labelZone, this.writer);
  }

  /** What is said of the view while nothing is pointed at: its newest value. */
  private restingSlot(): number {
    const { main } = this.chart.scenes;
    const { first, last } = slotsInside(this.chart.span, main.frame.slots.length);
    let slot = last;
    while (slot > first && main.value[slot] == null) slot -= 1;
    return main.value[slot] == null ? last : slot;
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { chart } = this;
    const { main } = chart.scenes;
    const inView = slotsInside(chart.span, main.frame.slots.length);
    const asked = command(event.key, chart.slot, inView, main.frame);
    if (asked === undefined) return;
    event.preventDefault();
    if (asked === 'in') this.zoomBy(KEY_ZOOM);
    else if (asked === 'out') this.zoomBy(1 / KEY_ZOOM);
    else if (asked === 'reset') this.reset();
    else if (asked === 'leave') this.point(null);
    else {
      this.bringIntoView(asked.go);
      this.point(asked.go);
      this.say(spoken(this.detailsOf(asked.go)));
    }
  }

  /** The view follows the crosshair over its edges. */
  private bringIntoView(slot: number): void {
    const { span, limits } = this.chart;
    const beyond = slot - 0.5 < span.min ? slot - 0.5 - span.min : Math.max(0, slot + 0.5 - span.max);
    if (beyond === 0) return;
    this.look(moveSpan(span, beyond, limits));
    this.settle(SETTLE_MS);
  }
}
