import type { Bounds } from './health-thresholds.ts';

/** Parts of a short window that the thresholds, in days, may not take up. */
const WARN_SHARE = 0.5;
const PAGE_SHARE = 0.25;

/**
 * Where the days that the newest backup has left in the recovery window begin to warn and to page: of a window of a
 * few days, no more than a part of it. For the check and the alarm.
 */
export function retentionBounds({ warn, page }: Bounds, windowDays: number): Bounds {
  return {
    warn: Math.min(warn, windowDays * WARN_SHARE),
    page: Math.min(page, windowDays * PAGE_SHARE),
  };
}
