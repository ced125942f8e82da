import { median, type Point } from './fit-trend.ts';

/** What is usual at one hour of the day. */
export interface Usual {
  readonly value: number;
  /** Days that it was seen on. */
  readonly days: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Of fewer days nothing is usual. */
const FEWEST_DAYS = 3;

/**
 * The median of the same hour, UTC, of the days before; `undefined` when it was seen on fewer than three.
 *
 * @param points - one an hour, at its beginning.
 */
export function usualAt(points: readonly Point[], now: Date): Usual | undefined {
  const hour = Math.floor(now.getTime() / HOUR_MS);
  const same = points.filter(({ at, value }) => {
    const hours = hour - Math.floor(at.getTime() / HOUR_MS);
    return hours > 0 && hours % (DAY_MS / HOUR_MS) === 0 && Number.isFinite(value);
  });
  const value = median(same.map((one) => one.value));
  return same.length < FEWEST_DAYS || value === undefined
    ? undefined
    : { value, days: same.length };
}
