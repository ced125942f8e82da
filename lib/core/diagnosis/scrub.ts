/** Whatever may open or close a quotation, in any language that the server speaks, and what opens a dollar quote. */
const QUOTES = /['"`´$«»‹›‘’‚‛“”„‟]/gu;
const ELLIPSIS = '…';
const MAX_CHARS = 200;
/** As long as PostgreSQL's own names can be. */
const NAME_CHARS = 63;

/**
 * What may be told of a text that came from the server: nothing that stood in quotes, and no digit. All between the
 * first quote and the last one is gone: to tell which of them belong together, one would have to know who wrote it.
 *
 * @example scrub('invalid input syntax for type integer: "4111 1111"') // 'invalid input syntax for type integer: …'
 */
export function scrub(text: string): string {
  const words = withoutQuoted(text.toWellFormed())
    .replace(/\p{N}+/gu, '#')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return words.length <= MAX_CHARS ? words : `${words.slice(0, MAX_CHARS - 1)}${ELLIPSIS}`;
}

/** A name of the catalogue's: a role, a database, a table, a slot; on one line. */
export function nameOf(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, NAME_CHARS);
}

function withoutQuoted(text: string): string {
  const quotes = [...text.matchAll(QUOTES)].map(({ index }) => index);
  const [first] = quotes;
  if (first === undefined) return text;
  // A single one was never closed: all behind it may be what was quoted.
  const rest = quotes.length === 1 ? '' : text.slice((quotes.at(-1) ?? first) + 1);
  return `${text.slice(0, first)}${ELLIPSIS}${rest}`;
}
