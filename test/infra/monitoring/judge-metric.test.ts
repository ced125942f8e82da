import { App, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, test } from 'vitest';
import { HEALTH_UNITS } from '../../../lib/core/contract/health-metrics.ts';
import { judgeMetric, judgeMetricCount } from '../../../lib/infra/monitoring/judge-metric.ts';
import { OWN_METRICS, monitoringLine } from '../../../lib/infra/monitoring/monthly-cost.ts';
import { SynthError } from '../../../lib/infra/synth-error.ts';
import { synthesize } from '../support/synthesis.ts';

const ALL = { service: 'holdfast', Environment: 'prod', Cluster: 'orders' };
const stack = new Stack(new App(), 'Stack');

function metric(
  metricName: string,
  dimensionsMap: Record<string, string>,
  namespace = 'Holdfast',
): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace, metricName, dimensionsMap });
}

/** The code of what `act` throws. */
function codeOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof SynthError) return error.code;
    throw error;
  }
}

describe('an alarm', () => {
  test('may be about a metric that there is, by the dimensions that all have', () => {
    expect(codeOf(() => judgeMetric(stack, 'An', metric('XidAge', ALL)))).toBeUndefined();
  });

  test('fails when nothing sends its metric', () => {
    expect(codeOf(() => judgeMetric(stack, 'An', metric('XidAges', ALL)))).toBe('MONITOR-METRIC');
  });

  test.each([
    ['one more', { ...ALL, Table: 'public.orders' }],
    ['one less', { service: 'holdfast', Environment: 'prod' }],
    ['another', { service: 'holdfast', Environment: 'prod', Slot: 'standby' }],
    ['none', {}],
  ])('fails when its metric has %s', (_, dimensions) => {
    expect(codeOf(() => judgeMetric(stack, 'An', metric('XidAge', dimensions)))).toBe(
      'MONITOR-DIMENSION',
    );
  });

  test('may be about what AWS sends, by whatever dimensions it has', () => {
    const aws = metric('CPUUtilization', { AutoScalingGroupName: 'group' }, 'AWS/EC2');
    expect(codeOf(() => judgeMetric(stack, 'An', aws))).toBeUndefined();
  });
});

describe('metrics of health', () => {
  test('are no more than eighty', () => {
    expect(codeOf(() => judgeMetricCount(stack))).toBeUndefined();
    expect(codeOf(() => judgeMetricCount(stack, 80))).toBeUndefined();
    expect(codeOf(() => judgeMetricCount(stack, 81))).toBe('MONITOR-METRICS');
    expect(Object.keys(HEALTH_UNITS).length).toBeLessThanOrEqual(80);
  });
});

describe('synthesis', () => {
  test('says once for each cluster what watching it takes and costs', () => {
    const { assembly, resources } = synthesize();
    const said = assembly.stacks.flatMap(({ id, messages }) =>
      messages
        .map(({ entry: { data } }) => (typeof data === 'string' ? data : ''))
        .filter((text) => text.startsWith('alarms: '))
        .map((text) => `${id} ${text}`),
    );
    const alarms = resources('AWS::CloudWatch::Alarm').length;
    const composites = resources('AWS::CloudWatch::CompositeAlarm').length;
    expect(said).toEqual([`orders-Watch ${monitoringLine(alarms, composites)}`]);
    expect(said[0]).toMatch(/composites: \d+, metrics: \d+, about \d+ USD a month$/);
  });

  test('counts the price of alarms, of those made of others, and of metrics', () => {
    const dollars = Math.ceil(10 * 0.1 + 2 * 0.5 + OWN_METRICS * 0.3);
    expect(monitoringLine(10, 2)).toContain(`about ${dollars} USD a month`);
  });
});
