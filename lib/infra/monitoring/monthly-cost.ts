import { LogMetric } from '../../core/contract/health-metrics.ts';
import { METRIC_UNITS } from '../../core/contract/metrics.ts';

/**
 * List prices of us-east-1 for a month, in USD.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
export const PRICES = { alarm: 0.1, composite: 0.5, metric: 0.3 } as const;

/** Metrics that Holdfast pays for in one cluster, when each is sent all the time. */
export const OWN_METRICS = Object.keys(METRIC_UNITS).length + Object.keys(LogMetric).length;

/** What watching a cluster takes, in a line: how many alarms, how many metrics, about what a month. */
export function monitoringLine(alarms: number, composites: number): string {
  const cost = alarms * PRICES.alarm + composites * PRICES.composite + OWN_METRICS * PRICES.metric;
  return `alarms: ${alarms}, composites: ${composites}, metrics: ${OWN_METRICS}, about ${Math.ceil(cost)} USD a month`;
}
