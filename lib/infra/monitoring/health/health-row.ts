import { Duration } from 'aws-cdk-lib';
import type { HealthMetricName, Tier } from '../../../core/contract/health-metrics.ts';
import type { AlarmGroup, AlarmRow, Severity } from '../alarm-row.ts';
import { ownMetric } from '../metrics.ts';
import type { Watched } from '../watched.ts';

/** An alarm about a gauge of health, as the tables beside this write it. */
export interface HealthRow {
  readonly id: string;
  readonly says: string;
  readonly look: string;
  readonly metric: HealthMetricName;
  readonly bad: AlarmRow['bad'];
  /** So many bad periods among so many. */
  readonly of: readonly [bad: number, among: number];
  /** @default - one minute */
  readonly period?: Duration;
  /** Of the values in a period. @default - the worst */
  readonly statistic?: 'Minimum' | 'Maximum';
}

/** What all rows of a table have in common. */
export interface HealthTable {
  readonly tier: Tier;
  readonly group: AlarmGroup;
  readonly severity: Severity;
}

const MINUTE = Duration.minutes(1);

/** The period of what changes slowly. */
export const FIVE_MINUTES = Duration.minutes(5);

/** Bad is what is above `bound`. */
export function above(bound: number): { readonly above: number } {
  return { above: bound };
}

/** Bad is what is below `bound`. */
export function below(bound: number): { readonly below: number } {
  return { below: bound };
}

/**
 * Alarms of a table's rows, each about the worst value of a period unless it says otherwise. Where data is at stake, silence is a fault;
 * elsewhere the one alarm about a silent probe tells of it.
 */
export function gaugeAlarms(
  watched: Watched,
  { tier, group, severity }: HealthTable,
  rows: readonly HealthRow[],
): readonly AlarmRow[] {
  return rows.map(({ id, says, look, metric, bad, of: [periods, within], ...row }) => ({
    id,
    says,
    look,
    tier,
    group,
    severity,
    metric: ownMetric(watched, metric, {
      statistic: row.statistic ?? ('above' in bad ? 'Maximum' : 'Minimum'),
      period: row.period ?? MINUTE,
    }),
    bad,
    periods,
    within,
    silence: tier === 'A' ? 'bad' : 'good',
  }));
}
