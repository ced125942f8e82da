import {
  CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { Dimension, METRIC_NAMESPACE, type MetricName, SERVICE } from '../../contract/metrics.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MetricReader } from '../../ports/metric-reader.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** Whose metrics are read, and what time it is. */
export interface MetricSubject {
  readonly environment: string;
  readonly cluster: string;
  readonly clock: Clock;
}

/** Metrics come once a minute. */
const PERIOD_SEC = 60;
const MINUTE_MS = 60_000;

/**
 * Reads metrics back from CloudWatch, several with one request; of several values in a minute the highest.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export function cloudWatchMetricReader(
  { environment, cluster, clock }: MetricSubject,
  client = new CloudWatchClient(CLIENT_SETTINGS),
): MetricReader {
  const Dimensions = [
    { Name: Dimension.SERVICE, Value: SERVICE },
    { Name: Dimension.ENVIRONMENT, Value: environment },
    { Name: Dimension.CLUSTER, Value: cluster },
  ];
  const queryOf = (MetricName: MetricName, index: number): MetricDataQuery => ({
    Id: idOf(index),
    MetricStat: {
      Metric: { Namespace: METRIC_NAMESPACE, MetricName, Dimensions },
      Period: PERIOD_SEC,
      Stat: 'Maximum',
    },
  });
  return {
    newest: async (metrics, minutes, { signal } = {}) => {
      const now = clock.now();
      const command = new GetMetricDataCommand({
        StartTime: new Date(now.getTime() - minutes * MINUTE_MS),
        EndTime: now,
        ScanBy: 'TimestampDescending',
        MetricDataQueries: metrics.map(queryOf),
      });
      const { MetricDataResults = [] } = await awsCall(
        `cloudwatch:GetMetricData of ${METRIC_NAMESPACE}`,
        async () => client.send(command, { abortSignal: signal }),
        signal,
      );
      const found = new Map<MetricName, number>();
      for (const [index, metric] of metrics.entries()) {
        const result = MetricDataResults.find(({ Id }) => Id === idOf(index));
        if (result?.StatusCode === 'InternalError') throw unread(metric);
        const newest = result?.Values?.[0];
        if (newest !== undefined) found.set(metric, newest);
      }
      return found;
    },
  };
}

function idOf(index: number): string {
  return `m${index}`;
}

/** Silence of CloudWatch is not silence of the agent. */
function unread(metric: MetricName): OpsError {
  return new OpsError('AWS-FAILED', `CloudWatch could not read ${metric}`, {
    hint: 'see the status of CloudWatch; the call is repeated by whoever made it',
  });
}
