import type { AlarmState } from '../../../lib/core/ports/alarm-states.ts';
import type { Suppressor } from './alarm.ts';

/** What a composite alarm remembers from one minute to the next. */
export interface Telling {
  /** The state that it has last acted on. */
  readonly told: AlarmState;
  readonly state: AlarmState;
  readonly changedSec: number;
  /** When its suppressor was last in ALARM; never, if it never was. */
  readonly suppressedSec: number | undefined;
}

/**
 * One minute of a composite alarm: whether it acts on its state now.
 *
 * A suppressor in ALARM keeps it from acting. Without one it waits, once it is in ALARM itself, for the suppressor to
 * follow; and after the suppressor's alarm is over it waits whether its own is over too. It acts on the state that it is
 * then in, if that is another than the one it has acted on.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
 */
export function tell(
  before: Telling,
  state: AlarmState,
  suppressing: AlarmState | undefined,
  suppressor: Suppressor | undefined,
  nowSec: number,
): { readonly after: Telling; readonly acts: boolean } {
  const changedSec = state === before.state ? before.changedSec : nowSec;
  const suppressedSec = suppressing === 'ALARM' ? nowSec : before.suppressedSec;
  const acts =
    state !== before.told &&
    !isSuppressed({ state, changedSec, suppressedSec }, suppressing, suppressor, nowSec);
  return { after: { told: acts ? state : before.told, state, changedSec, suppressedSec }, acts };
}

function isSuppressed(
  { state, changedSec, suppressedSec }: Omit<Telling, 'told'>,
  suppressing: AlarmState | undefined,
  suppressor: Suppressor | undefined,
  nowSec: number,
): boolean {
  if (suppressor === undefined) return false;
  if (suppressing === 'ALARM') return true;
  if (suppressedSec !== undefined && nowSec - suppressedSec <= suppressor.extensionSec) return true;
  return state === 'ALARM' && nowSec - changedSec < suppressor.waitSec;
}
