import type { AlarmState } from '../../../lib/core/ports/alarm-states.ts';
import type { Counting } from './alarm.ts';

/** One period: within the threshold, beyond it, or without data. */
export type Point = 'good' | 'bad' | 'none';

/**
 * How many points more than N CloudWatch retrieves. The manual says that it depends on the period, and shows 5 for N
 * of 3 in every example.
 */
const MORE_POINTS = 2;

/** So many of the newest points are retrieved to evaluate an alarm. */
export function evaluationRange({ within }: Pick<Counting, 'within'>): number {
  return within + MORE_POINTS;
}

/**
 * The state of an alarm by the points of its evaluation range, the oldest first.
 *
 * What missing data counts as is asked only when fewer than N points have data, and then for as few points as can be.
 *
 * @param current - which some treatments keep.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function evaluatePoints(
  points: readonly Point[],
  { periods, within, missing }: Counting,
  current: AlarmState,
): AlarmState {
  const range = points.slice(-evaluationRange({ within }));
  const real = range.filter((point) => point !== 'none').slice(-within);
  const bad = real.filter((point) => point === 'bad').length;
  const filled = within - real.length;
  if (filled === 0) return bad >= periods ? 'ALARM' : 'OK';
  if (missing === 'breaching') return bad + filled >= periods ? 'ALARM' : 'OK';
  if (missing === 'notBreaching' || bad >= periods) return bad >= periods ? 'ALARM' : 'OK';
  if (real.length > bad) return 'OK';
  if (missing === 'ignore') return current;
  return isOldEnough(range, periods) ? 'ALARM' : 'INSUFFICIENT_DATA';
}

/**
 * An alarm whose missing data is missing does not wait for points that do not come: it fires once its oldest bad point
 * is as old as M, when nothing good is newer.
 */
function isOldEnough(range: readonly Point[], periods: number): boolean {
  const oldest = range.indexOf('bad');
  return oldest !== -1 && range.length - oldest >= periods;
}
