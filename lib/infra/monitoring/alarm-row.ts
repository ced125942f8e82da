import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Tier } from '../../core/contract/health-metrics.ts';

/** How much an alarm matters: `page`: somebody has to get up. `ticket`: can wait for the morning. */
export type Severity = 'page' | 'ticket';

/**
 * What alarms of one cause have in common, as checks of health have it; `checks` are those about checks that
 * cannot see.
 */
export type AlarmGroup =
  | 'archiving'
  | 'durability'
  | 'backups'
  | 'slots'
  | 'freezing'
  | 'availability'
  | 'disk'
  | 'connections'
  | 'sessions'
  | 'numbers'
  | 'machine'
  | 'trust'
  | 'workload'
  | 'vacuum'
  | 'schema'
  | 'settings'
  | 'monitor'
  | 'checks';

/** What every alarm tells whoever reads it. */
export interface AlarmWords {
  /** In its name and its runbook anchor; never renamed. */
  readonly id: string;
  /** What has happened, as the page says it: one sentence without its full stop. */
  readonly says: string;
  readonly severity: Severity;
  /** What is at stake. */
  readonly tier: Tier;
  readonly group: AlarmGroup;
  /** The first statement or command of whoever looks. */
  readonly look: string;
  /** @default 'on-call' */
  readonly owner?: string;
}

/**
 * One alarm, as a row of a table. Those of tiers B and C, and of the group `checks`, tell nobody themselves: one
 * alarm for each of their groups does.
 */
export interface AlarmRow extends AlarmWords {
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

/** Whether an alarm tells nobody by itself, because the one of its group does. */
export function speaksThroughGroup({ tier, group }: Pick<AlarmRow, 'tier' | 'group'>): boolean {
  return tier === 'B' || tier === 'C' || group === 'checks';
}
