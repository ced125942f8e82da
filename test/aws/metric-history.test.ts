import {
  CloudWatchClient,
  GetMetricDataCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { mockClient } from 'aws-sdk-client-mock';
import { cloudWatchMetricHistory } from '../../lib/core/adapters/aws/cloudwatch-metric-history.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import type { Wanted } from '../../lib/core/ports/metric-history.ts';
import { codeOf } from '../contract/store-helpers.ts';
import { describeAws } from './control-plane.ts';

const MINUTE_MS = 60_000;

function wanted(namespace: string, given: Partial<Wanted> = {}): Wanted {
  return {
    namespace,
    metric: 'Room',
    dimensions: { Cluster: namespace },
    statistic: 'Maximum',
    periodSec: 60,
    spanSec: 3_600,
    ...given,
  };
}

/** Publishes values of so many minutes ago, under a namespace that no other test has. */
async function publish(values: Readonly<Record<number, number>>): Promise<string> {
  const namespace = `Test${randomBytes(4).toString('hex')}`;
  const now = Date.now();
  await new CloudWatchClient().send(
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: Object.entries(values).map(([minutesAgo, Value]) => ({
        MetricName: 'Room',
        // The API server of tests does not tell namespaces apart.
        Dimensions: [{ Name: 'Cluster', Value: namespace }],
        Timestamp: new Date(now - Number(minutesAgo) * MINUTE_MS),
        Value,
      })),
    }),
  );
  return namespace;
}

describeAws('cloudWatchMetricHistory', () => {
  test('gives the points of each metric, the oldest first, as far back as each wants', async () => {
    const namespace = await publish({ 1: 50, 10: 60, 30: 70, 600: 90 });
    const history = cloudWatchMetricHistory({ clock: systemClock });
    const found = await history.read({
      hour: wanted(namespace),
      day: wanted(namespace, { spanSec: 86_400, periodSec: 3_600, statistic: 'Minimum' }),
      other: wanted(namespace, { dimensions: { Cluster: 'invoices' } }),
    });
    expect(found.hour.map(({ value }) => value)).toEqual([70, 60, 50]);
    expect(found.day[0]?.value).toBe(90);
    expect(found.day.at(-1)?.value).toBe(50);
    expect(found.other).toEqual([]);
  });

  test('puts values of one period together as it is told', async () => {
    const namespace = await publish({ 0.1: 1, 0.2: 2, 0.3: 4 });
    const history = cloudWatchMetricHistory({ clock: systemClock });
    const spans = { periodSec: 3_600, spanSec: 7_200 } as const;
    const found = await history.read({
      sum: wanted(namespace, { ...spans, statistic: 'Sum' }),
      most: wanted(namespace, { ...spans, statistic: 'Maximum' }),
      least: wanted(namespace, { ...spans, statistic: 'Minimum' }),
    });
    const total = (points: readonly { value: number }[]): number =>
      points.reduce((sum, { value }) => sum + value, 0);
    expect(total(found.sum)).toBe(7);
    expect(Math.max(...found.most.map(({ value }) => value))).toBe(4);
    expect(Math.min(...found.least.map(({ value }) => value))).toBe(1);
  });
});

describe('cloudWatchMetricHistory, as CloudWatch answers', () => {
  test('asks for 500 metrics at a time, and reads on where an answer ends', async () => {
    const cloudWatch = mockClient(CloudWatchClient);
    const at = new Date('2026-12-01T00:00:00Z');
    cloudWatch.on(GetMetricDataCommand).callsFake(({ NextToken, MetricDataQueries = [] }) => ({
      MetricDataResults: [
        {
          Id: MetricDataQueries[0]?.Id,
          Timestamps: [at],
          Values: [NextToken === undefined ? 1 : 2],
        },
      ],
      ...(NextToken === undefined && { NextToken: 'more' }),
    }));
    const history = cloudWatchMetricHistory({ clock: systemClock }, new CloudWatchClient());
    const many = Object.fromEntries(
      Array.from({ length: 501 }, (_, index) => [`n${index}`, wanted('Many')]),
    );
    const found = await history.read(many);
    const sizes = cloudWatch
      .commandCalls(GetMetricDataCommand)
      .map(({ args }) => args[0].input.MetricDataQueries?.length);
    expect(sizes).toEqual([500, 500, 1, 1]);
    expect(found['n0']?.map(({ value }) => value)).toEqual([1, 2]);
    expect(found['n500']?.map(({ value }) => value)).toEqual([1, 2]);
    expect(found['n1']).toEqual([]);
    cloudWatch.restore();
  });

  test('searches for what has further dimensions, and takes all that is found together', async () => {
    const cloudWatch = mockClient(CloudWatchClient);
    const [first, second] = [new Date('2026-12-01T00:00:00Z'), new Date('2026-12-01T00:05:00Z')];
    cloudWatch.on(GetMetricDataCommand).resolves({
      MetricDataResults: [
        { Id: 'm0', Label: 'i-2', Timestamps: [second], Values: [1] },
        { Id: 'm0', Label: 'i-1', Timestamps: [first], Values: [0] },
      ],
    });
    const history = cloudWatchMetricHistory({ clock: systemClock }, new CloudWatchClient());
    const volume = wanted('AWS/EBS', { dimensions: { VolumeId: 'vol-1' }, otherDimensions: 'any' });
    const { one } = await history.read({ one: volume });
    expect(one.map(({ value }) => value)).toEqual([0, 1]);
    const [call] = cloudWatch.commandCalls(GetMetricDataCommand);
    expect(call?.args[0].input.MetricDataQueries).toEqual([
      {
        Id: 'm0',
        Expression:
          'SEARCH(\'Namespace="AWS/EBS" MetricName="Room" VolumeId="vol-1"\', \'Maximum\', 60)',
      },
    ]);
    cloudWatch.restore();
  });

  test('fails when CloudWatch could not read a metric: that is not the same as none', async () => {
    const cloudWatch = mockClient(CloudWatchClient);
    cloudWatch
      .on(GetMetricDataCommand)
      .resolves({ MetricDataResults: [{ Id: 'm0', StatusCode: 'InternalError' }] });
    const history = cloudWatchMetricHistory({ clock: systemClock }, new CloudWatchClient());
    expect(await codeOf(history.read({ one: wanted('Few') }))).toBe('AWS-FAILED');
    cloudWatch.restore();
  });
});
