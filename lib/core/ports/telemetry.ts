import type { MetricName } from '../contract/metrics.ts';

/** Metrics of one cluster, in the units that the contract gives them. */
export interface Telemetry {
  /** Takes note of a value; several of one metric are kept until they are written. */
  add(metric: MetricName, value: number): void;
  /** Writes what was noted since the last time; nothing when nothing was. */
  flush(): void;
}
