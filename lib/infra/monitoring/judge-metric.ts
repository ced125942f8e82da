import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { HEALTH_UNITS } from '../../core/contract/health-metrics.ts';
import { Dimension, METRIC_NAMESPACE, METRIC_UNITS } from '../../core/contract/metrics.ts';
import { SynthError } from '../synth-error.ts';

/** Each is paid for by the hour, in every cluster. */
const MOST_HEALTH_METRICS = 80;
const BOUNDED = Object.values<string>(Dimension).toSorted();

/**
 * Refuses an alarm about a metric of Holdfast's that nothing sends, or by a dimension that could take any number
 * of values.
 *
 * @throws {@link SynthError} `MONITOR-METRIC` for a name that is none, `MONITOR-DIMENSION` for other dimensions
 *   than every metric has.
 */
export function judgeMetric(scope: IConstruct, id: string, metric: cloudwatch.IMetric): void {
  const { metricStat } = metric.toMetricConfig();
  if (metricStat?.namespace !== METRIC_NAMESPACE) return;
  const { metricName, dimensions = [] } = metricStat;
  if (!Object.hasOwn(METRIC_UNITS, metricName)) {
    throw new SynthError(
      scope,
      'MONITOR-METRIC',
      `${id} is about ${metricName}, which nothing sends`,
      'name a metric of lib/core/contract/metrics.ts',
    );
  }
  const names = dimensions.map(({ name }) => name).toSorted();
  if (names.join() === BOUNDED.join()) return;
  throw new SynthError(
    scope,
    'MONITOR-DIMENSION',
    `${id} looks at ${metricName} by ${names.join(', ') || 'no dimension'}`,
    `each metric has ${BOUNDED.join(', ')} and no other: what else there is belongs into the log`,
  );
}

/**
 * Refuses more metrics of health than a cluster shall pay for.
 *
 * @throws {@link SynthError} `MONITOR-METRICS` with their number.
 */
export function judgeMetricCount(
  scope: IConstruct,
  count: number = Object.keys(HEALTH_UNITS).length,
): void {
  if (count <= MOST_HEALTH_METRICS) return;
  throw new SynthError(
    scope,
    'MONITOR-METRICS',
    `there are ${count} metrics of health, ${MOST_HEALTH_METRICS} are allowed`,
    'what only a person reads belongs into the log',
  );
}
