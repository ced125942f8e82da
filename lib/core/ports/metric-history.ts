import type { Point } from '../health/runway/fit-trend.ts';
import type { CallOptions } from './object-store.ts';

/** How several values of one period become one. */
export type Statistic = 'Minimum' | 'Maximum' | 'Sum' | 'Average';

/** One metric, and how much of its past. */
export interface Wanted {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** `any`: metrics that have others besides count too, all of them together. @default - they are other metrics */
  readonly otherDimensions?: 'any';
  readonly statistic: Statistic;
  /** A multiple of 60. */
  readonly periodSec: number;
  /** How far back from now. */
  readonly spanSec: number;
}

/** Reads the past of metrics. */
export interface MetricHistory {
  /**
   * The points of each metric, the oldest first, by the names that the caller gives them; none where the metric has
   * none. Of a period that has begun and not ended, what there is.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-FAILED`.
   */
  read<N extends string>(
    wanted: Readonly<Record<N, Wanted>>,
    options?: CallOptions,
  ): Promise<Readonly<Record<N, readonly Point[]>>>;
}
