/** Fetches figures and keeps what was fetched. */
import type { Answer, Box, Columns, PageData } from './types';
import { boxOf, coarser, seriesQuery, type View } from './view';

/** Answers kept; the oldest goes first. */
const KEPT = 120;
/** A finer grain is shown only if this share of its points is published. */
const LEAST_SHOWN = 0.8;
/** Figures that may still change are asked for again after this long. */
const FRESH_MS = 60_000;

/** Everything a view draws. */
export interface Loaded {
  /** The view with the grain it is shown in. */
  view: View;
  main: Answer;
  volume: Answer | null;
  box: Box | null;
}

export class Loader {
  private readonly kept = new Map<string, { answer: Promise<Answer>; at: number }>();
  private readonly lang: string;

  constructor(lang: string) {
    this.lang = lang;
  }

  /** Keeps what the page itself brought. */
  prime(view: View, page: Pick<PageData, 'series' | 'volume' | 'box'>): void {
    const keep = (measure: string, answer: Answer, isMain: boolean): void =>
      this.keep(seriesQuery(view, measure, this.lang, isMain), Promise.resolve(answer));
    keep(view.measure.id, page.series, true);
    if (view.volume && page.volume) keep(view.volume.id, page.volume, false);
    const [low, , high, most] = boxOf(view.measure.id) ?? [];
    if (!page.box || !low || !high || !most) return;
    keep(low, page.box.p10, false);
    keep(high, page.box.p90, false);
    keep(most, page.box.max, false);
  }

  /** All that a view draws, in the finest grain of which enough is published. */
  async load(view: View): Promise<Loaded> {
    const main = await this.get(view, view.measure.id, true);
    const next = coarser(view.grain);
    if (!view.grainIsAsked && next && !showsEnough(main.columns)) {
      return this.load({ ...view, grain: next });
    }
    const [volume, box] = await Promise.all([
      view.volume ? this.get(view, view.volume.id, false) : null,
      this.box(view),
    ]);
    return { view, main, volume, box };
  }

  /** One measure of a view. */
  get(view: View, measure: string, isMain: boolean): Promise<Answer> {
    const query = seriesQuery(view, measure, this.lang, isMain);
    const known = this.kept.get(query);
    if (known && Date.now() - known.at < FRESH_MS * 10) {
      if (Date.now() - known.at < FRESH_MS) return known.answer;
      // Shown at once, and asked for again for the next time.
      this.keep(query, this.fetch(query));
      return known.answer;
    }
    const answer = this.fetch(query);
    this.keep(query, answer);
    return answer;
  }

  private async box(view: View): Promise<Box | null> {
    const [low, , high, most] = boxOf(view.measure.id) ?? [];
    if (view.kind !== 'box' || !low || !high || !most) return null;
    const all = [low, high, most].map((measure) => this.get(view, measure, false));
    const [p10, p90, max] = await Promise.all(all);
    return p10 && p90 && max ? { p10, p90, max } : null;
  }

  private async fetch(query: string): Promise<Answer> {
    const response = await fetch(`/api/v1/series?${query}`);
    if (!response.ok) throw new Error(`${response.status} for ${query}`);
    return (await response.json()) as Answer;
  }

  private keep(query: string, answer: Promise<Answer>): void {
    this.kept.delete(query);
    this.kept.set(query, { answer, at: Date.now() });
    answer.catch(() => this.kept.delete(query));
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
  }
}

function showsEnough({ mark }: Columns): boolean {
  const told = mark.filter((letter) => letter !== 'closed' && letter !== 'x').length;
  // Perhaps a coarser grain knows more: some sources count by half hours only.
  if (told === 0) return !mark.includes('x');
  const withheld = mark.filter((letter) => letter === 'c').length;
  return told - withheld >= told * LEAST_SHOWN;
}
