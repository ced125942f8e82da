import type { Judgement, Standing } from '../judgement.ts';
import type { Point } from '../runway/fit-trend.ts';

/** The newest value; `undefined` where nothing was published. */
export function newestValue(points: readonly Point[] = []): number | undefined {
  return points.at(-1)?.value;
}

/** The sum of what was published within so many seconds before `now`, to the period. */
export function sumWithin(points: readonly Point[] = [], now: Date, seconds: number): number {
  const since = now.getTime() - seconds * 1_000;
  return sumOf(points.filter(({ at }) => at.getTime() >= since));
}

/** The sum of the values. */
export function sumOf(points: readonly Point[] = []): number {
  return points.reduce((sum, { value }) => sum + value, 0);
}

/** The least of the values: what none of them was below. */
export function leastValue(points: readonly Point[] = []): number | undefined {
  return points.length === 0 ? undefined : Math.min(...points.map(({ value }) => value));
}

/** The highest of the values. */
export function mostValue(points: readonly Point[] = []): number | undefined {
  return points.length === 0 ? undefined : Math.max(...points.map(({ value }) => value));
}

const ORDER = ['absent', 'waiting', 'ok', 'blind', 'warn', 'page'] as const satisfies Standing[];

/** The worst of some standings. */
export function worst(...standings: readonly Standing[]): Standing {
  return standings.toSorted((one, other) => ORDER.indexOf(other) - ORDER.indexOf(one))[0] ?? 'ok';
}

/** A judgement of that standing. */
export function judged(
  standing: Standing,
  says: string,
  extras: Omit<Judgement, 'standing' | 'says'> = {},
): Judgement {
  return { standing, says, ...extras };
}
