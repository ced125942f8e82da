import type { Comparison, MetricAlarm, Statistic } from './alarm.ts';
import { evaluationRange, type Point } from './evaluate-points.ts';

/** One value that somebody sent. */
export interface Datapoint {
  readonly atSec: number;
  readonly value: number;
}

const STATISTICS: Readonly<Record<Statistic, (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
  Average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

const BAD: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Whether a value is beyond an alarm's threshold. */
export function isBadValue(
  { comparison, threshold }: Pick<MetricAlarm, 'comparison' | 'threshold'>,
  value: number,
): boolean {
  return BAD[comparison](value, threshold);
}

/**
 * The points that an alarm is evaluated by at `nowSec`: of its newest periods that are over, the oldest first. Periods
 * begin at multiples of their length.
 */
export function pointsOf(
  alarm: Pick<MetricAlarm, 'statistic' | 'periodSec' | 'comparison' | 'threshold' | 'within'>,
  datapoints: readonly Datapoint[],
  nowSec: number,
): readonly Point[] {
  const { periodSec, statistic } = alarm;
  const periods = evaluationRange(alarm);
  const endSec = Math.floor(nowSec / periodSec) * periodSec;
  const startSec = endSec - periods * periodSec;
  const buckets = Array.from({ length: periods }, (): number[] => []);
  for (const { atSec, value } of datapoints) {
    if (atSec >= startSec && atSec < endSec) {
      buckets[Math.floor((atSec - startSec) / periodSec)]?.push(value);
    }
  }
  return buckets.map((values) => {
    if (values.length === 0) return 'none';
    return isBadValue(alarm, STATISTICS[statistic](values)) ? 'bad' : 'good';
  });
}
