/**
 * `text` as one word of POSIX sh, whatever it holds but a zero byte.
 *
 * @example quoteForShell('a b') // "'a b'"
 */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
