import { fitTrend, type Point, type Trend } from './fit-trend.ts';
import { newestStretch, type Worsening } from './newest-stretch.ts';

/** Nothing is said of what is further away, in days. */
export const FURTHEST_DAYS = 3_650;

/** Where a value comes to its end. */
export interface Limit {
  readonly worsening: Worsening;
  readonly limit: number;
}

/** What is seen of the way that is left. */
export interface Runway {
  /** From 0 to {@link FURTHEST_DAYS}, which also says that the end does not come nearer. */
  readonly daysLeft: number;
  /** The trend that comes to its end first; `undefined` while none can be seen. */
  readonly trend: Trend | undefined;
}

/** Over so many days, a trend needs a part of them. */
const SHORTEST_SHARE = 1 / 12;
const SHORTEST_SEC = 900;
const DAY_SEC = 86_400;

/** Days until a trend comes to its end, from its newest point on. Never below 0, and never no number. */
export function daysUntil({ perDay, value }: Trend, { worsening, limit }: Limit): number {
  const [room, speed] = worsening === 'rising' ? [limit - value, perDay] : [value - limit, -perDay];
  if (room <= 0) return 0;
  return speed <= 0 ? FURTHEST_DAYS : Math.min(FURTHEST_DAYS, room / speed);
}

/**
 * How long a value has until it is at its limit: by the trend of each span that shows one, the sooner counts. A turn
 * for the better begins a new stretch.
 *
 * @param spans - points of several spans, each with its length in days.
 * @returns `undefined` when there is no point at all.
 */
export function runwayOf(
  spans: readonly { readonly days: number; readonly points: readonly Point[] }[],
  limit: Limit,
): Runway | undefined {
  if (spans.every(({ points }) => points.length === 0)) return undefined;
  const found = spans.flatMap(({ days, points }) => {
    const trend = fitTrend(newestStretch(points, limit.worsening), {
      shortestSec: Math.max(SHORTEST_SEC, days * DAY_SEC * SHORTEST_SHARE),
    });
    return trend === undefined ? [] : [{ trend, daysLeft: daysUntil(trend, limit) }];
  });
  const [soonest] = found.toSorted((one, other) => one.daysLeft - other.daysLeft);
  return soonest ?? { daysLeft: FURTHEST_DAYS, trend: undefined };
}
