import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { type LogMetricName, logMetricNamespace } from '../../core/contract/health-metrics.ts';
import {
  Dimension,
  METRIC_NAMESPACE,
  type MetricName,
  SERVICE,
} from '../../core/contract/metrics.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import type { Reading } from './alarm-row.ts';

/** A metric that Holdfast itself publishes about a cluster. */
export function ownMetric(
  { environment, cluster }: Pick<ClusterScope, 'environment' | 'cluster'>,
  metricName: MetricName,
  { statistic, period }: Reading,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: {
      [Dimension.SERVICE]: SERVICE,
      [Dimension.ENVIRONMENT]: environment,
      [Dimension.CLUSTER]: cluster.id,
    },
    statistic,
    period,
  });
}

/** How many lines of PostgreSQL's log a filter has counted in five minutes. */
export function logMetric(
  { environment, cluster }: Pick<ClusterScope, 'environment' | 'cluster'>,
  metricName: LogMetricName,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: logMetricNamespace(environment, cluster.id),
    metricName,
    statistic: 'Sum',
    period: Duration.minutes(5),
  });
}

/** Invocations of a function that failed. */
export function failures(handler: lambda.IFunction, minutes: number): cloudwatch.Metric {
  return handler.metricErrors({ statistic: 'Sum', period: Duration.minutes(minutes) });
}

/** Invocations that a group's schedules gave up. */
export function dropped(group: scheduler.IScheduleGroup): cloudwatch.Metric {
  return group.metricDropped({ statistic: 'Sum', period: Duration.minutes(5) });
}
