import type { MetricName } from '../contract/metrics.ts';
import type { CallOptions } from './object-store.ts';

/** Reads a cluster's own metrics. */
export interface MetricReader {
  /**
   * The newest value of each metric within the last `minutes`; a metric without one is absent.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-FAILED`.
   */
  newest(
    metrics: readonly MetricName[],
    minutes: number,
    options?: CallOptions,
  ): Promise<ReadonlyMap<MetricName, number>>;
}
