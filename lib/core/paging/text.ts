const ELLIPSIS = '…';

/** At most `max` characters as JavaScript counts them; a longer text ends with an ellipsis. */
export function cut(text: string, max: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= max) return whole;
  // A character of two halves that is cut in the middle would be none.
  return `${whole.slice(0, max - ELLIPSIS.length).replace(/[\uD800-\uDBFF]$/, '')}${ELLIPSIS}`;
}

/** The same words on one line, without control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** A time for people: `2026-12-01 05:10:00 UTC`. */
export function utc(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}
