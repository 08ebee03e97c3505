/**
 * The time of `instant` on the visitor's clock, if the centre's clock shows another one then.
 * `visitorZone` is the browser's own when it is left out.
 */
export function yourTime(
  instant: Date,
  centreZone: string,
  visitorZone: string | undefined,
  language: string,
): string | undefined {
  if (Number.isNaN(instant.getTime())) return undefined;
  const show = (timeZone: string | undefined, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(language, { ...options, ...(timeZone ? { timeZone } : {}) }).format(instant);
  const clock = { hour: 'numeric', minute: '2-digit', hourCycle: 'h23' } as const;
  const day = { weekday: 'short' } as const;
  const isSameDay = show(visitorZone, day) === show(centreZone, day);
  if (isSameDay && show(visitorZone, clock) === show(centreZone, clock)) return undefined;
  return show(visitorZone, isSameDay ? clock : { ...day, ...clock });
}
