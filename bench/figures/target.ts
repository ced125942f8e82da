/** What a line is held to: its own figure, or its ratio to that of another contestant. */
export interface Target {
  /** Contestant of the same row; without one the figure itself is compared. */
  readonly against?: string;
  readonly relation: '≥' | '≤';
  readonly limit: number;
  /** Of what the ratio is, where that is the inverse of the figure: a time, for a speed. */
  readonly inverse?: string;
}

/** A target and what became of it. */
export interface Verdict {
  /** The target in words. */
  readonly target: string;
  /** `undefined` when it could not be measured here. */
  readonly met: boolean | undefined;
  /** The ratio or value that decided; `undefined` when the other contestant is not here. */
  readonly figure: number | undefined;
}

/**
 * Compares a figure with its target.
 *
 * @param unit - of the figures, such as `MB/s`.
 * @param valueOf - median of a contestant of the same row; `undefined` when it took no part.
 */
export function judge(
  target: Target,
  unit: string,
  value: number,
  valueOf: (contestant: string) => number | undefined,
): Verdict {
  const words = describeTarget(target, unit);
  const other = target.against === undefined ? 1 : valueOf(target.against);
  if (other === undefined) return { target: words, met: undefined, figure: undefined };
  const figure = target.inverse === undefined ? value / other : other / value;
  const met = target.relation === '≥' ? figure >= target.limit : figure <= target.limit;
  return { target: words, met, figure };
}

function describeTarget({ against, relation, limit, inverse }: Target, unit: string): string {
  if (against === undefined) return `${relation} ${limit} ${unit}`;
  return `${relation} ${limit} × ${inverse === undefined ? '' : `${inverse} of `}${against}`;
}
