import { alarmNamePrefix, parseAlarmName } from '../contract/deployed-names.ts';
import type { Acknowledgements } from '../ports/acknowledgements.ts';
import type { AlarmInAlarm, AlarmStates } from '../ports/alarm-states.ts';
import type { CallOptions } from '../ports/object-store.ts';
import { type Acknowledgement, isAbout } from './acknowledgement.ts';
import { type Acknowledging, planAcknowledgements } from './plan-acknowledgements.ts';

/** What acknowledging needs. */
export interface AcknowledgeDeps extends CallOptions {
  readonly alarms: AlarmStates;
  readonly acknowledgements: Acknowledgements;
}

/** An alarm in ALARM, and who has taken note of it. */
export interface KnownAlarm extends AlarmInAlarm {
  readonly acknowledgement: Acknowledgement | undefined;
}

/**
 * Takes note of alarms, so that they are not paged again until they go off once more.
 *
 * @param names - of alarms of Holdfast, in any environments.
 * @returns what was written.
 * @throws {@link OpsError} `PAGE-UNKNOWN` before anything is written; `AWS-DENIED`, `AWS-FAILED`.
 */
export async function acknowledgeAlarms(
  names: readonly string[],
  acknowledging: Acknowledging,
  { alarms, acknowledgements, signal }: AcknowledgeDeps,
): Promise<readonly Acknowledgement[]> {
  const plans: { readonly environment: string; readonly planned: readonly Acknowledgement[] }[] =
    [];
  for (const [environment, own] of Map.groupBy(names, environmentOf)) {
    const inAlarm = await alarms.inAlarm(alarmNamePrefix(environment), { signal });
    plans.push({ environment, planned: planAcknowledgements(own, inAlarm, acknowledging) });
  }
  for (const { environment, planned } of plans) {
    for (const one of planned) await acknowledgements.write(environment, one, { signal });
  }
  return plans.flatMap(({ planned }) => planned);
}

/**
 * The alarms of an environment that are in ALARM, the oldest first.
 *
 * @throws {@link OpsError} `AWS-DENIED`, `AWS-FAILED`.
 */
export async function listKnownAlarms(
  environment: string,
  { alarms, acknowledgements, signal }: AcknowledgeDeps,
): Promise<readonly KnownAlarm[]> {
  const inAlarm = await alarms.inAlarm(alarmNamePrefix(environment), { signal });
  const names = inAlarm.map(({ name }) => name);
  const known = await acknowledgements.read(environment, names, { signal });
  return inAlarm
    .map((alarm) => {
      const acknowledgement = known.get(alarm.name);
      return {
        ...alarm,
        acknowledgement: isAbout(acknowledgement, alarm) ? acknowledgement : undefined,
      };
    })
    .toSorted((a, b) => a.transitionedAt.getTime() - b.transitionedAt.getTime());
}

/** A name that is not Holdfast's is in no environment, and so never in ALARM. */
function environmentOf(name: string): string {
  return parseAlarmName(name)?.environment ?? '';
}
