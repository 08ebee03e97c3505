/** Fetches figures and keeps what was fetched. */
import type { Answer, Box, Columns, PageData } from './types';
import { coarser, seriesQuery, type View } from './view';

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

/** The measures a box is made of, by the measure it is the middle of. */
const BOXES: Record<string, [string, string, string]> = {
  wait_median: ['wait_p10', 'wait_p90', 'wait_max'],
  wait_customer_median: ['wait_customer_p10', 'wait_customer_p90', 'wait_customer_max'],
};

export function hasBox(measure: string): boolean {
  return measure in BOXES;
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
    const box = BOXES[view.measure.id];
    if (!page.box || !box) return;
    for (const [index, columns] of [page.box.p10, page.box.p90, page.box.max].entries()) {
      keep(box[index] ?? '', { ...page.series, columns }, false);
    }
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
    const box = BOXES[view.measure.id];
    if (view.kind !== 'box' || !box) return null;
    const [p10, p90, max] = await Promise.all(box.map((measure) => this.get(view, measure, false)));
    return p10 && p90 && max ? { p10: p10.columns, p90: p90.columns, max: max.columns } : null;
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
  const withheld = mark.filter((letter) => letter === 'c').length;
  return told - withheld >= told * LEAST_SHOWN;
}
