import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** One alarm, as a row of a table. */
export interface AlarmRow {
  /** In its name and its runbook anchor; never renamed. */
  readonly id: string;
  /** What has happened, as the page says it: one sentence without its full stop. */
  readonly says: string;
  /** `page`: somebody has to get up. `ticket`: can wait for the morning. */
  readonly severity: 'page' | 'ticket';
  /** With its period and statistic. */
  readonly metric: cloudwatch.IMetric;
  /** Where it begins to be bad, in the metric's unit. */
  readonly bad: { readonly above: number } | { readonly below: number };
  /** So many periods in a row, or among the last {@link within}. */
  readonly periods: number;
  /**
   * For what happens once and is over at once: its alarm stays for so many periods, so that it comes
   * again and no pager closes it before somebody is up.
   *
   * @default - `periods`: what lasts speaks for itself
   */
  readonly within?: number;
  /** What a period without data means: `bad` where silence itself is the fault. */
  readonly silence: 'bad' | 'good';
}

/** A metric's values over one period. */
export interface Reading {
  readonly statistic: 'Sum' | 'Minimum' | 'Maximum';
  readonly period: Duration;
}
