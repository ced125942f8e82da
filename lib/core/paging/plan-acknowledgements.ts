import { OpsError } from '../errors/ops-error.ts';
import type { AlarmInAlarm } from '../ports/alarm-states.ts';
import type { Acknowledgement } from './acknowledgement.ts';

/** Who takes note, when, and why. */
export interface Acknowledging {
  readonly by: string;
  readonly at: Date;
  readonly reason: string | undefined;
}

/**
 * The acknowledgements to write: of each alarm in `names`, for the state that it is in now. All of
 * them or none.
 *
 * @throws {@link OpsError} `PAGE-UNKNOWN` when one of them is not in ALARM.
 */
export function planAcknowledgements(
  names: readonly string[],
  inAlarm: readonly AlarmInAlarm[],
  { by, at, reason }: Acknowledging,
): readonly Acknowledgement[] {
  const known = new Map(inAlarm.map((alarm) => [alarm.name, alarm]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) throw notInAlarm(unknown, [...known.keys()]);
  return [...new Set(names)]
    .flatMap((name) => known.get(name) ?? [])
    .map(({ name, transitionedAt }) => ({ alarm: name, by, at, transitionedAt, reason }));
}

function notInAlarm(unknown: readonly string[], inAlarm: readonly string[]): OpsError {
  const there = inAlarm.length === 0 ? 'none is' : `these are: ${inAlarm.join(', ')}`;
  return new OpsError('PAGE-UNKNOWN', `${unknown.join(', ')}: not in ALARM now; ${there}`, {
    hint: 'an alarm that is OK again needs no acknowledgement; else see the name, AWS_REGION and the account',
    details: { unknown: unknown.join(' '), inAlarm: inAlarm.join(' ') },
  });
}
