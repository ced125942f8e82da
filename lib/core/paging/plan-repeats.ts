import { parseAlarmName } from '../contract/deployed-names.ts';
import type { AlarmInAlarm } from '../ports/alarm-states.ts';
import { type Acknowledgement, isAbout } from './acknowledgement.ts';

/** When repetitions are due. */
export interface RepeatTiming {
  /** Of this look, and the same however often it is tried. */
  readonly scheduledTime: Date;
  readonly repeatMinutes: number;
  /** Between two looks. */
  readonly tickMinutes: number;
}

const MINUTE_MS = 60_000;

/**
 * The alarms that are due to be paged again: those of the environment that page, in ALARM for a
 * whole number of intervals which has grown since the look before. Pure arithmetic on two times,
 * so that nothing has to be remembered: each alarm is due once in an interval, and a look that
 * never happened costs at most the repetition that fell into it.
 */
export function planRepeats(
  alarms: readonly AlarmInAlarm[],
  { environment, pageTopic }: { readonly environment: string; readonly pageTopic: string },
  timing: RepeatTiming,
): readonly AlarmInAlarm[] {
  return alarms.filter(
    ({ name, actions, transitionedAt }) =>
      parseAlarmName(name)?.environment === environment &&
      actions.includes(pageTopic) &&
      isDue(transitionedAt, timing),
  );
}

/** Those of `alarms` that nobody has taken note of since they came into their state. */
export function unacknowledged(
  alarms: readonly AlarmInAlarm[],
  acknowledgements: ReadonlyMap<string, Acknowledgement>,
): readonly AlarmInAlarm[] {
  return alarms.filter((alarm) => !isAbout(acknowledgements.get(alarm.name), alarm));
}

function isDue(since: Date, { scheduledTime, repeatMinutes, tickMinutes }: RepeatTiming): boolean {
  const intervalMs = repeatMinutes * MINUTE_MS;
  const elapsedMs = scheduledTime.getTime() - since.getTime();
  const passed = Math.floor(elapsedMs / intervalMs);
  const passedBefore = Math.floor((elapsedMs - tickMinutes * MINUTE_MS) / intervalMs);
  return passed >= 1 && passed > passedBefore;
}
