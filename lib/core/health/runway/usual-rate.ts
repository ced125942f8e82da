import { median, type Point } from './fit-trend.ts';

/** What is usual at one hour of the day. */
export interface Usual {
  readonly value: number;
  /** Days that it was seen on. */
  readonly days: number;
  /** At the same hour a week ago; `undefined` when it was not seen then. */
  readonly weekAgo: number | undefined;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Of fewer days nothing is usual. */
const FEWEST_DAYS = 3;
const DAY_HOURS = DAY_MS / HOUR_MS;
const WEEK_HOURS = 7 * DAY_HOURS;

/**
 * The median of the same hour, UTC, of the days before; `undefined` when it was seen on fewer than three.
 *
 * @param points - one an hour, at its beginning.
 */
export function usualAt(points: readonly Point[], now: Date): Usual | undefined {
  const hour = Math.floor(now.getTime() / HOUR_MS);
  const hoursAgo = ({ at }: Point): number => hour - Math.floor(at.getTime() / HOUR_MS);
  const same = points.filter(
    (one) => hoursAgo(one) > 0 && hoursAgo(one) % DAY_HOURS === 0 && Number.isFinite(one.value),
  );
  const value = median(same.map((one) => one.value));
  if (same.length < FEWEST_DAYS || value === undefined) return undefined;
  const weekAgo = same.find((one) => hoursAgo(one) === WEEK_HOURS)?.value;
  return { value, days: same.length, weekAgo };
}
