import type { AlarmState } from '../../../lib/core/ports/alarm-states.ts';

/** How a period without data counts. */
export type Missing = 'missing' | 'ignore' | 'breaching' | 'notBreaching';
/** What a period's values come to. */
export type Statistic = 'Sum' | 'Minimum' | 'Maximum' | 'Average';
/** Which values are bad. */
export type Comparison =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

/** What an alarm needs of its own to be evaluated: M of N. */
export interface Counting {
  /** M: so many of the points must be bad. */
  readonly periods: number;
  /** N: so many points are looked at. */
  readonly within: number;
  readonly missing: Missing;
}

/** What every alarm says of itself. */
export interface AlarmAbout {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Paths of the topics that it tells of ALARM; none for a child of a composite alarm. */
  readonly tells: readonly string[];
  /** Those that it tells when it is over. */
  readonly clears: readonly string[];
}

/** An alarm on one metric, as it is deployed. */
export interface MetricAlarm extends AlarmAbout, Counting {
  readonly kind: 'metric';
  readonly namespace: string;
  readonly metric: string;
  readonly statistic: Statistic;
  readonly periodSec: number;
  readonly comparison: Comparison;
  readonly threshold: number;
}

/** An alarm on other alarms, as it is deployed. */
export interface CompositeAlarm extends AlarmAbout {
  readonly kind: 'composite';
  /** With the names of alarms, such as `ALARM("a") OR ALARM("b")`. */
  readonly rule: string;
  readonly suppressor: Suppressor | undefined;
}

/** Whose alarm keeps a composite alarm from telling. */
export interface Suppressor {
  readonly name: string;
  readonly waitSec: number;
  readonly extensionSec: number;
}

export type Alarm = MetricAlarm | CompositeAlarm;
/** States by the alarms' names. */
export type States = ReadonlyMap<string, AlarmState>;
