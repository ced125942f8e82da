import type { CallOptions } from './object-store.ts';

/** States of a CloudWatch alarm. */
export const ALARM_STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
/** One of {@link ALARM_STATES}. */
export type AlarmState = (typeof ALARM_STATES)[number];

/** An alarm that is in state ALARM. */
export interface AlarmInAlarm {
  readonly name: string;
  readonly arn: string | undefined;
  readonly description: string | undefined;
  /** Why it is in this state, with the figures. */
  readonly reason: string;
  /** When it came into this state. */
  readonly transitionedAt: Date;
  /** ARNs of whom it tells; none while its actions are disabled, or another alarm keeps it quiet. */
  readonly actions: readonly string[];
  /** Of a composite alarm: how the states of others make its own. */
  readonly rule?: string | undefined;
}

/** One change of an alarm's state. */
export interface AlarmTransition {
  readonly at: Date;
  readonly to: AlarmState;
}

/** What CloudWatch knows of alarms. */
export interface AlarmStates {
  /**
   * Alarms in state ALARM, of metrics and composite ones, whose name begins with `namePrefix`, as they are now.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-FAILED`.
   */
  inAlarm(namePrefix: string, options?: CallOptions): Promise<readonly AlarmInAlarm[]>;
  /**
   * The last changes of one alarm's state, newest first.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-FAILED`.
   */
  transitions(name: string, options?: CallOptions): Promise<readonly AlarmTransition[]>;
}
