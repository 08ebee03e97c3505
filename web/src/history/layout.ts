/** The elements the script puts in place of the server's picture. */
import type { Details } from './details';
import type { Writer } from './write';

export interface Layout {
  root: HTMLElement;
  panes: HTMLElement;
  main: HTMLElement;
  volume: HTMLElement;
  names: { main: HTMLElement; volume: HTMLElement };
  box: HTMLElement;
  brush: HTMLElement;
  live: HTMLElement;
  tools: { in: HTMLButtonElement; out: HTMLButtonElement; reset: HTMLButtonElement };
}

export function build(writer: Writer): Layout {
  const word = (name: string): string => writer.word(name);
  const tool = (sign: string, name: string): HTMLButtonElement => {
    const button = make('button', 'step', sign);
    button.type = 'button';
    button.title = word(name);
    button.setAttribute('aria-label', word(name));
    return button;
  };
  const tools = { out: tool('−', 'zoom_out'), in: tool('+', 'zoom_in'), reset: tool('⟲', 'reset') };
  const names = { main: make('p', 'pane-name'), volume: make('p', 'pane-name') };
  const [main, volume] = [make('div', 'pane'), make('div', 'pane is-volume')];
  const help = make('p', 'hidden', word('keyboard_help'));
  help.id = 'chart-help';
  const panes = make('div', 'panes');
  panes.tabIndex = 0;
  panes.setAttribute('role', 'application');
  panes.setAttribute('aria-label', word('chart_label'));
  panes.setAttribute('aria-describedby', help.id);
  panes.append(main, names.volume, volume);
  const box = make('div', 'details-box');
  const live = make('p', 'hidden');
  live.setAttribute('aria-live', 'polite');
  const head = make('div', 'plot-head');
  const group = make('div', 'tools');
  group.append(tools.out, tools.in, tools.reset);
  head.append(names.main, group);
  const stage = make('div', 'stage');
  stage.append(box, panes);
  const brush = make('div');
  const root = make('div', 'plot');
  root.append(head, stage, help, brush, live);
  return { root, panes, main, volume, names, box, brush, live, tools };
}

/** Name of a pane and its unit. */
export function namePane(element: HTMLElement, name: string, unit: string): void {
  element.replaceChildren(make('b', '', name), make('span', 'soft', unit));
}

/** The choice between the clocks of the centre and of the visitor. */
export function zoneSwitch(
  writer: Writer,
  centre: string,
  visitor: string,
): { root: HTMLElement; zones: HTMLSelectElement } {
  const root = make('label', 'zone');
  const zones = make('select');
  for (const [value, name] of [
    ['centre', centre],
    ['visitor', visitor],
  ] as const) {
    const text = `${writer.word(`zone_${value}`)} (${name.replaceAll('_', ' ')})`;
    zones.append(new Option(text, value));
  }
  root.append(make('span', '', writer.word('zone')), zones);
  return { root, zones };
}

/** Fills the box beside the crosshair. */
export function fillBox(box: HTMLElement, said: Details, isIdle: boolean): void {
  box.classList.toggle('is-idle', isIdle);
  const list = make('dl', 'said');
  for (const [label, text] of said.rows) {
    const row = make('div', 'said-row');
    row.append(make('dt', 'said-label', label), make('dd', 'said-text', text));
    list.append(row);
  }
  box.replaceChildren(make('p', 'when', said.when), make('p', 'what', said.value), list);
  // Where the box stands above the chart it may grow but never shrinks, lest the page jump.
  if (!isIdle && !isBeside()) box.style.minHeight = `${box.offsetHeight}px`;
}

const isBeside = (): boolean => window.matchMedia('(min-width: 48rem)').matches;

const BESIDE_PX = 18;

/** Puts the box beside the crosshair, on the side with more room, so that the point stays in sight. */
export function placeBox(box: HTMLElement, left: number, stage: number): void {
  const isLeft = left > stage / 2;
  const at = isLeft ? left - BESIDE_PX - box.offsetWidth : left + BESIDE_PX;
  box.style.transform = isBeside() ? `translateX(${Math.round(Math.max(0, at))}px)` : '';
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  names = '',
  text = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (names) element.className = names;
  if (text) element.textContent = text;
  return element;
}
