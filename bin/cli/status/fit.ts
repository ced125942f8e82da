const ESCAPE = '\u001B';
/** A colour, or one character; a person sees the latter. */
const PIECE = new RegExp(`${ESCAPE}\\[[0-9;]*m|.`, 'gsu');
const CONTROL = /^\p{Cc}$/u;
const RESET = `${ESCAPE}[0m`;
const ELLIPSIS = '…';

/**
 * A line cut to so many columns, at least 1; colours take none. Whatever else would steer a terminal,
 * as text from a server's error might, becomes a blank.
 */
export function fitLine(line: string, columns: number): string {
  const pieces = Array.from(line.matchAll(PIECE), ([piece]) => (CONTROL.test(piece) ? ' ' : piece));
  const width = pieces.filter((piece) => !isColour(piece)).length;
  if (width <= columns) return pieces.join('');
  let left = columns - ELLIPSIS.length;
  const kept = pieces.filter((piece) => {
    if (left > 0 && !isColour(piece)) left -= 1;
    else if (left <= 0) return false;
    return true;
  });
  const reset = kept.some(isColour) ? RESET : '';
  return `${kept.join('')}${reset}${ELLIPSIS}`;
}

/** Lines cut to a screen; the last one says how many had no room. */
export function fitScreen(
  lines: readonly string[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly string[] {
  const height = Math.max(1, rows);
  const shown =
    lines.length <= height
      ? lines
      : [
          ...lines.slice(0, height - 1),
          `${lines.length - height + 1} more lines: enlarge the window`,
        ];
  return shown.map((line) => fitLine(line, columns));
}

function isColour(piece: string): boolean {
  return piece.length > 1 && piece.startsWith(ESCAPE);
}
