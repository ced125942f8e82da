import { inOrder, type Point } from './fit-trend.ts';

const DAY_MS = 86_400_000;

/** The highest point of each day, counted back from `now` and not from midnight; the oldest first. */
export function dailyPeaks(points: readonly Point[], now: Date): readonly Point[] {
  const daysBack = ({ at }: Point): number => Math.floor((now.getTime() - at.getTime()) / DAY_MS);
  const days = Map.groupBy(inOrder(points), daysBack);
  return inOrder([...days.values()].flatMap(peakOf));
}

function peakOf(points: readonly Point[]): readonly Point[] {
  const [peak] = points.toSorted((one, other) => other.value - one.value);
  return peak === undefined ? [] : [peak];
}
