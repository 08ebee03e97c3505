/** The history page: holds the view, and brings chart, brush, form, address and words in step. */
import { Brush } from './brush-view';
import { dayNumber, visitorZone, Zone } from './civil';
import { asksFor, showIn } from './form';
import { build, type Layout, make, zoneSwitch } from './layout';
import { type Loaded, Loader } from './load';
import { dataOf, fetchPage, replaceParts } from './parts';
import { Stage } from './stage';
import type { PageData } from './types';
import {
  type Asked,
  askDays,
  change,
  GRAINS,
  type Known,
  readAsked,
  resolve,
  seriesQuery,
  tidy,
  type View,
  writeAsked,
} from './view';
import { Writer } from './write';

/** Points fetched for both sides of the view, so that there is something to move to. */
const MOST_AROUND = 3_000;
/** A chart that waits longer than this says so. */
const SLOW_MS = 200;

export class HistoryPage {
  private asked: Asked;
  private view: View;
  /** What was asked for before zooming and moving: where a double click leads back to. */
  private home: Asked;
  private known: Known;
  private readonly data: PageData;
  private readonly writer: Writer;
  private readonly loader: Loader;
  private readonly zone: Zone;
  private readonly layout: Layout;
  private readonly stage: Stage;
  private readonly brush: Brush | null;
  private readonly form: HTMLFormElement | null;
  /** Counts what was asked for, so that an answer that comes late is not shown. */
  private turn = 0;

  constructor(root: HTMLElement, data: PageData) {
    this.data = data;
    this.known = knownOf(data);
    this.asked = readAsked(location.search);
    this.view = shownBy(data, resolve(this.asked, this.known));
    this.home = this.view.range ? this.asked : change(this.asked, { range: 'max' });
    this.writer = new Writer(data.lang, data.words);
    this.zone = new Zone(data.zone);
    this.loader = new Loader(data.lang);
    this.loader.prime(this.view, data);
    this.layout = build(this.writer);
    root.prepend(this.layout.root);
    root.classList.add('is-live');
    const { series: main, volume, box } = data;
    const loaded: Loaded = { view: this.view, main, volume, box };
    this.stage = new Stage(this.layout, loaded, this.writer, this.zone, {
      chosen: (from, until) => this.choose(from, until),
      passing: (from, until) => this.brush?.show({ from, until }),
      reset: () => void this.go(this.home),
    });
    this.brush = this.makeBrush();
    this.form = document.querySelector<HTMLFormElement>('form.view');
    this.equip();
    this.listen();
    this.sync();
    this.whenIdle(() => void this.surround());
  }

  private makeBrush(): Brush | null {
    const { overview } = this.data;
    if (!overview) return null;
    const bounds = { from: this.known.firstDay, until: Math.max(this.known.lastDay, this.view.until) };
    const brush = new Brush(this.layout.brush, bounds, this.view, this.writer, this.zone, {
      preview: ({ from, until }) => this.stage.preview(from, until),
      choose: ({ from, until }) => this.choose(from, until),
    });
    brush.outlineOf(overview);
    return brush;
  }

  /** What only works with the script, and what is not needed with it. */
  private equip(): void {
    const submit = this.form?.querySelector<HTMLElement>('[type="submit"]');
    if (submit) submit.hidden = true;
    this.addCopy();
    const now = new Date(this.data.now);
    if (now.getTimezoneOffset() * -60 !== this.zone.offset(now.getTime() / 1000)) {
      const { root, zones } = zoneSwitch(this.writer, this.data.zone, visitorZone());
      this.layout.root.append(root);
      zones.value = this.view.zone;
      zones.addEventListener('change', () => void this.ask({ zone: zones.value }));
    }
  }

  private addCopy(): void {
    const downloads = document.querySelector('#downloads');
    if (!downloads || downloads.querySelector('[data-copy]')) return;
    const button = make('button', 'step', this.writer.word('copy_link'));
    button.type = 'button';
    button.dataset.copy = '';
    downloads.append(button);
  }

  private listen(): void {
    this.form?.addEventListener('change', (event) => {
      if (!this.form) return;
      const asks = asksFor(this.form, event.target);
      if (asks) void this.ask(asks);
    });
    this.form?.addEventListener('submit', (event) => event.preventDefault());
    window.addEventListener('popstate', () => void this.go(readAsked(location.search), false));
    document.addEventListener('click', (event) => {
      if (!(event.target instanceof Element)) return;
      if (event.target.closest('[data-copy]')) void this.copy();
      const link = event.target.closest<HTMLAnchorElement>('[data-part] a, .ranges a');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      const { pathname, search } = new URL(link.href);
      if (pathname !== location.pathname) return;
      event.preventDefault();
      this.home = readAsked(search);
      void this.go(this.home);
    });
  }

  /** A control was changed. */
  private ask(asks: Asked): Promise<void> {
    const asked = change(this.asked, asks);
    this.home = asks.from || asks.until ? this.home : change(this.home, asks);
    return this.go(asked);
  }

  /** Zoomed, moved or brushed to some days. */
  private choose(from: number, until: number): void {
    if (from === this.view.from && until === this.view.until) return;
    void this.go(askDays(this.asked, from, until, this.known));
  }

  /** Shows what is asked for: chart first, words after. */
  private async go(asked: Asked, isNew = true): Promise<void> {
    this.turn += 1;
    const { turn } = this;
    this.asked = tidy(asked, this.known);
    this.view = resolve(this.asked, this.known);
    const query = writeAsked(this.asked);
    if (isNew && query !== location.search) history.pushState(null, '', location.pathname + query);
    this.sync();
    const slow = window.setTimeout(() => this.layout.root.classList.add('is-loading'), SLOW_MS);
    try {
      const loaded = await this.loader.load(this.view);
      if (turn !== this.turn) return;
      this.view = loaded.view;
      this.stage.show(loaded);
      this.stage.say(loaded.main.summary?.text ?? this.writer.days(this.view.from, this.view.until));
      this.sync();
      await this.refreshWords(turn, query);
    } catch {
      if (turn === this.turn) this.stage.say(this.writer.word('failed'));
    } finally {
      window.clearTimeout(slow);
      if (turn === this.turn) this.layout.root.classList.remove('is-loading');
    }
  }

  /** Summary, table, flags, week and downloads are the server's own. */
  private async refreshWords(turn: number, query: string): Promise<void> {
    const fresh = await fetchPage(location.pathname + query);
    if (turn !== this.turn) return;
    replaceParts(fresh);
    this.addCopy();
    document.title = fresh.title;
    for (const link of fresh.querySelectorAll<HTMLAnchorElement>('a.language')) {
      const old = document.querySelector<HTMLAnchorElement>(`a.language[hreflang="${link.hreflang}"]`);
      if (old) old.href = link.href;
    }
    const data = dataOf(fresh);
    if (!data) return;
    this.known = knownOf(data);
    if (data.overview) this.brush?.outlineOf(data.overview);
    const shown = shownBy(data, this.view);
    this.loader.prime(shown, data);
    if (seriesQuery(shown, '', '', true) !== seriesQuery(this.view, '', '', true)) {
      // The server knows better which view this is, as when the first day of the data has changed.
      this.view = shown;
      this.stage.show({ view: shown, main: data.series, volume: data.volume, box: data.box });
      this.sync();
    }
    this.whenIdle(() => void this.surround());
  }

  /** Fetches as much again on both sides. */
  private async surround(): Promise<void> {
    const { view, turn } = this;
    const length = view.until - view.from + 1;
    const from = Math.max(this.known.firstDay, view.from - length);
    const until = Math.min(this.known.lastDay, view.until + length);
    const points = (await this.loader.get(view, view.measure.id, true)).columns.start.length;
    const isMore = from < view.from || until > view.until;
    if (!isMore || points * 2 > MOST_AROUND || view.kind === 'box') return;
    const wide = { ...view, from: Math.min(from, view.from), until: Math.max(until, view.until) };
    const [main, volume] = await Promise.all([
      this.loader.get(wide, view.measure.id, true),
      view.volume ? this.loader.get(wide, view.volume.id, false) : null,
    ]);
    if (turn === this.turn) this.stage.surround({ main, volume });
  }

  /** Form, range links and brush show the view. */
  private sync(): void {
    for (const link of document.querySelectorAll<HTMLAnchorElement>('.ranges a')) {
      const { range = '1m' } = readAsked(new URL(link.href).search);
      link.href = location.pathname + writeAsked(change(this.asked, { range }));
      if (range === this.view.range) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
    if (this.form) showIn(this.form, this.view, this.asked);
    this.brush?.show({ from: this.view.from, until: this.view.until });
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.stage.say(this.writer.word('copied'));
      const button = document.querySelector<HTMLElement>('[data-copy]');
      if (button) button.textContent = this.writer.word('copied');
      window.setTimeout(() => {
        if (button) button.textContent = this.writer.word('copy_link');
      }, 2_000);
    } catch {
      this.stage.say(location.href);
    }
  }

  private whenIdle(call: () => void): void {
    if ('requestIdleCallback' in window) window.requestIdleCallback(call, { timeout: 1_500 });
    else setTimeout(call, 400);
  }
}

function knownOf(data: PageData): Known {
  const today = new Zone(data.zone).day(Date.parse(data.now) / 1000);
  return {
    measures: data.measures,
    firstDay: data.first_day ? dayNumber(data.first_day) : today,
    lastDay: data.last_day ? dayNumber(data.last_day) : today,
    today,
  };
}

/** A view as the server resolved it. */
function shownBy(data: PageData, view: View): View {
  const day = (name: string, fallback: number): number => {
    const number = dayNumber(String(data.view[name] ?? ''));
    return Number.isNaN(number) ? fallback : number;
  };
  const grain = GRAINS.find((name) => name === data.series.grain) ?? view.grain;
  // What the grain had to become is not what was asked for.
  return { ...view, grain, from: day('from', view.from), until: day('until', view.until) };
}
