const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const UNKNOWN = '·';

/**
 * Numbers as a line of text, one character each, between 0 and the largest of them; what is not
 * known is a dot.
 *
 * @example sparkline([0, 1, undefined, 8]) // '▁▂·█'
 */
export function sparkline(values: readonly (number | undefined)[]): string {
  const top = Math.max(0, ...values.filter((value) => value !== undefined));
  return values
    .map((value) => {
      if (value === undefined) return UNKNOWN;
      const level = top === 0 ? 0 : Math.round((value / top) * (LEVELS.length - 1));
      return LEVELS[level] ?? UNKNOWN;
    })
    .join('');
}
