import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, test } from 'vitest';
import { cloudWatchMetricReader } from '../../../../lib/core/adapters/aws/cloudwatch-metric-reader.ts';
import { Metric } from '../../../../lib/core/contract/metrics.ts';
import { codeOf } from '../../../contract/store-helpers.ts';
import { fakeClock } from '../../../support/fake-clock.ts';

const NOW = new Date('2026-12-01T01:00:00.000Z');
const cloudWatch = mockClient(CloudWatchClient);
afterEach(() => cloudWatch.reset());

const reader = cloudWatchMetricReader(
  { environment: 'prod', cluster: 'orders', clock: fakeClock(NOW) },
  new CloudWatchClient({ region: 'eu-central-1' }),
);
const ASKED = [Metric.AGENT_ALIVE, Metric.ARCHIVE_LAG_SEC];

describe('cloudWatchMetricReader', () => {
  test('asks once for all, of the last minutes, newest first', async () => {
    cloudWatch.on(GetMetricDataCommand).resolves({
      MetricDataResults: [
        { Id: 'm1', Values: [7, 9], StatusCode: 'Complete' },
        { Id: 'm0', Values: [], StatusCode: 'Complete' },
      ],
    });
    expect(await reader.newest(ASKED, 10)).toEqual(new Map([[Metric.ARCHIVE_LAG_SEC, 7]]));
    expect(cloudWatch.commandCalls(GetMetricDataCommand)).toHaveLength(1);
    expect(cloudWatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input).toMatchObject({
      StartTime: new Date('2026-12-01T00:50:00.000Z'),
      EndTime: NOW,
      ScanBy: 'TimestampDescending',
      MetricDataQueries: [
        {
          Id: 'm0',
          MetricStat: {
            Metric: {
              Namespace: 'Holdfast',
              MetricName: 'AgentAlive',
              Dimensions: [
                { Name: 'service', Value: 'holdfast' },
                { Name: 'Environment', Value: 'prod' },
                { Name: 'Cluster', Value: 'orders' },
              ],
            },
          },
        },
        { Id: 'm1' },
      ],
    });
  });

  test('does not take a fault of CloudWatch for silence', async () => {
    cloudWatch
      .on(GetMetricDataCommand)
      .resolves({ MetricDataResults: [{ Id: 'm0', Values: [], StatusCode: 'InternalError' }] });
    expect(await codeOf(reader.newest(ASKED, 10))).toBe('AWS-FAILED');
  });
});
