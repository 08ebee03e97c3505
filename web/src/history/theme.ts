/** The colours of the canvas: those of the style sheet, whichever theme is on. */

const NAMES = [
  'card',
  'ink',
  'soft',
  'rule',
  'bar',
  'bar-soft',
  'busy',
  'missing',
  'shut',
  'accent',
  'other',
  'mean',
  'band',
] as const;

export interface Theme {
  colour: Record<(typeof NAMES)[number], string>;
  font: string;
}

/** Reads the colours as they are now. */
export function readTheme(root: HTMLElement): Theme {
  // Asked of an element, not of the property, so that system colours arrive as colours.
  const probe = document.createElement('i');
  root.append(probe);
  const colour = {} as Theme['colour'];
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    colour[name] = getComputedStyle(probe).color;
  }
  const font = `12px ${getComputedStyle(root).fontFamily}`;
  probe.remove();
  return { colour, font };
}

/** Calls when the theme may have changed. */
export function onThemeChange(call: () => void): void {
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
    window.matchMedia(query).addEventListener('change', call);
  }
}
