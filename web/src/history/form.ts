/** The form of the view: what was changed in it, and how it shows a view chosen elsewhere. */
import { dayText } from './civil';
import { type Asked, NAMES, type Name, type View } from './view';

type Field = HTMLInputElement | HTMLSelectElement;

const isName = (name: string): name is Name => (NAMES as readonly string[]).includes(name);

function fieldsOf(form: HTMLFormElement): Field[] {
  const all = [...form.elements].filter(
    (field): field is Field => field instanceof HTMLInputElement || field instanceof HTMLSelectElement,
  );
  return all.filter((field) => isName(field.name) && field.type !== 'hidden');
}

/** What a changed control asks for; undefined if it is none of the view's. */
export function asksFor(form: HTMLFormElement, field: EventTarget | null): Asked | undefined {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return undefined;
  if (!isName(field.name)) return undefined;
  if (field.type === 'checkbox') {
    const same = fieldsOf(form).filter(({ name }) => name === field.name);
    const on = same.filter((other) => other instanceof HTMLInputElement && other.checked);
    return { [field.name]: on.map(({ value }) => value).join(',') };
  }
  if (field.name !== 'from' && field.name !== 'until') return { [field.name]: field.value };
  // Own dates come in pairs: the other one is what the form shows.
  const dates: Asked = {};
  for (const other of fieldsOf(form)) {
    if (other.name === 'from' || other.name === 'until') dates[other.name] = other.value;
  }
  return dates;
}

/** Shows a view in the form, without telling anybody. */
export function showIn(form: HTMLFormElement, view: View, asked: Asked): void {
  const values: Record<Name, string> = {
    line: view.line,
    measure: view.measure.id,
    volume: view.volume?.id ?? 'none',
    range: view.range ?? '',
    end: asked.end ?? '',
    from: dayText(view.from),
    until: dayText(view.until),
    grain: view.grainIsAsked ? view.grain : '',
    kind: view.kind,
    compare: view.compare,
    as: view.as,
    overlay: view.overlay.join(','),
    hours: view.hours,
    zone: view.zone,
    lang: asked.lang ?? '',
  };
  for (const field of fieldsOf(form)) {
    if (!isName(field.name)) continue;
    const value = values[field.name];
    if (field instanceof HTMLInputElement && (field.type === 'radio' || field.type === 'checkbox')) {
      field.checked = value.split(',').includes(field.value) || (!value && field.value === 'none');
    } else if (field instanceof HTMLSelectElement) {
      const options = [...field.options].map((option) => option.value);
      const shown = [value, '', 'none'].find((candidate) => options.includes(candidate));
      if (shown !== undefined) field.value = shown;
    } else field.value = value;
  }
}
