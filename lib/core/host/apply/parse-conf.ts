/** A line as hosts are given them: a name, and a value in quotes. */
const LINE = /^(\w[\w.]*) = '((?:[^'\\]|''|\\\\)*)'$/gm;

/**
 * The settings of a postgresql.conf that Holdfast has written, in its own strict form: no includes, and
 * every value in quotes.
 *
 * @example parseConf("# why\nwork_mem = '4MB'\n") // Map { 'work_mem' => '4MB' }
 */
export function parseConf(text: string): ReadonlyMap<string, string> {
  const lines = [...text.matchAll(LINE)];
  return new Map(
    lines.map(([, name = '', value = '']) => [
      name,
      value.replaceAll("''", "'").replaceAll('\\\\', '\\'),
    ]),
  );
}
