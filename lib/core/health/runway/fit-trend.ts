/** What was measured at one moment. */
export interface Point {
  readonly at: Date;
  readonly value: number;
}

/** The line that most of some points lie near. */
export interface Trend {
  /** By so much the value rises in a day; below 0 when it falls. */
  readonly perDay: number;
  /** When the newest of the points was measured. */
  readonly at: Date;
  /** On the line, at that moment. */
  readonly value: number;
}

/** What a trend is fitted on. */
export interface FitOptions {
  /** Fewer points show no trend. @default 4 */
  readonly fewest?: number;
  /** So much time they must cover. @default 900 */
  readonly shortestSec?: number;
}

const DAY_MS = 86_400_000;
/** Of more, only the slopes of pairs are formed that are half of all points apart: each point is in one. */
const MOST_POINTS = 100;
const FEWEST = 4;
const SHORTEST_SEC = 900;

/**
 * The line through the median of the slopes of pairs of points: a fifth of the points may lie anywhere. Points may
 * come in any order; those that are no numbers are left out.
 *
 * @returns `undefined` when there are too few, or they cover too little time.
 * @see Theil, 1950; Sen, 1968: https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator
 * @example fitTrend(pointsOf([[0, 10], [6, 11], [12, 12], [24, 14]])) // { perDay: 4, value: 14, at }
 */
export function fitTrend(
  points: readonly Point[],
  { fewest = FEWEST, shortestSec = SHORTEST_SEC }: FitOptions = {},
): Trend | undefined {
  const line = inOrder(points);
  const [first, last] = [line[0], line.at(-1)];
  if (first === undefined || last === undefined || line.length < fewest) return undefined;
  if (last.at.getTime() - first.at.getTime() < shortestSec * 1_000) return undefined;
  const daysBefore = ({ at }: Point): number => (at.getTime() - last.at.getTime()) / DAY_MS;
  const slopes = pairsOf(line).flatMap(([one, other]) => {
    const days = daysBefore(other) - daysBefore(one);
    return days > 0 ? [(other.value - one.value) / days] : [];
  });
  const perDay = median(slopes);
  if (perDay === undefined) return undefined;
  const value = median(line.map((one) => one.value - perDay * daysBefore(one)));
  return value === undefined ? undefined : { perDay, at: last.at, value };
}

/** Points that are numbers, by their time. */
export function inOrder(points: readonly Point[]): readonly Point[] {
  return points
    .filter(({ at, value }) => Number.isFinite(value) && Number.isFinite(at.getTime()))
    .toSorted((one, other) => one.at.getTime() - other.at.getTime());
}

/** The value in the middle, of two the mean; `undefined` of none. */
export function median(values: readonly number[]): number | undefined {
  // By value, as arrays of floats are; others would compare words.
  const sorted = Float64Array.from(values).toSorted();
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.floor(sorted.length / 2)],
  ];
  return low === undefined || high === undefined ? undefined : low / 2 + high / 2;
}

function pairsOf(line: readonly Point[]): readonly (readonly [Point, Point])[] {
  const count = line.length;
  const apart =
    count > MOST_POINTS
      ? [Math.floor(count / 2)]
      : Array.from({ length: count - 1 }, (_, index) => index + 1);
  return apart.flatMap((distance) =>
    line.slice(distance).flatMap((other, index) => {
      const one = line[index];
      return one === undefined ? [] : [[one, other] as const];
    }),
  );
}
