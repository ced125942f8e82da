import { HealthMetric, type Tier, TIERS } from '../contract/health-metrics.ts';
import { Metric, type MetricName } from '../contract/metrics.ts';
import type { CheckResult } from './check-result.ts';

const COUNTERS: Readonly<Record<Tier, readonly [MetricName, MetricName, MetricName]>> = {
  A: [HealthMetric.CHECKS_RUN_A, HealthMetric.CHECKS_BLIND_A, HealthMetric.CHECKS_FAILED_A],
  B: [HealthMetric.CHECKS_RUN_B, HealthMetric.CHECKS_BLIND_B, HealthMetric.CHECKS_FAILED_B],
  C: [HealthMetric.CHECKS_RUN_C, HealthMetric.CHECKS_BLIND_C, HealthMetric.CHECKS_FAILED_C],
  D: [HealthMetric.CHECKS_RUN_D, HealthMetric.CHECKS_BLIND_D, HealthMetric.CHECKS_FAILED_D],
  M: [HealthMetric.CHECKS_RUN_M, HealthMetric.CHECKS_BLIND_M, HealthMetric.CHECKS_FAILED_M],
};

/**
 * The metrics of one run: the values that its checks saw, and how many checks of each tier ran, were blind, failed. Of
 * a value that two checks have, the higher; of what could not be seen, none.
 *
 * @param counted - what the counts are of. With the newest result of every check, also of one that is not due in each
 *   run, a count stays above 0 from one run of that check to its next. @default - the run's own results
 */
export function resultMetrics(
  results: readonly CheckResult[],
  counted: readonly CheckResult[] = results,
): ReadonlyMap<MetricName, number> {
  const metrics = new Map<MetricName, number>();
  for (const { values = {} } of results) {
    for (const [name, value] of Object.entries(values) as [MetricName, number][]) {
      metrics.set(name, Math.max(value, metrics.get(name) ?? value));
    }
  }
  for (const tier of TIERS) {
    const ofTier = counted.filter((one) => one.tier === tier);
    const [run, blind, failed] = COUNTERS[tier];
    const standing = (wanted: CheckResult['standing']): number =>
      ofTier.filter((one) => one.standing === wanted).length;
    metrics.set(run, ofTier.length - standing('absent'));
    metrics.set(blind, standing('blind'));
    metrics.set(failed, standing('failed'));
  }
  const warns = counted.filter(
    ({ tier, standing }) => (tier === 'A' || tier === 'B') && standing === 'warn',
  );
  metrics.set(Metric.HEALTH_WARNINGS, warns.length);
  return metrics;
}
