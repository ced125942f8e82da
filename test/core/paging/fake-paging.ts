import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { Acknowledgement } from '../../../lib/core/paging/acknowledgement.ts';
import type { Acknowledgements } from '../../../lib/core/ports/acknowledgements.ts';
import type {
  AlarmInAlarm,
  AlarmStates,
  AlarmTransition,
} from '../../../lib/core/ports/alarm-states.ts';
import type { Pagers } from '../../../lib/core/ports/pagers.ts';
import type { SecretValues } from '../../../lib/core/ports/secret-values.ts';

/** Ways to people that keep what they are given, or fail. */
export interface FakePagers extends Pagers {
  readonly sent: { readonly way: keyof Pagers; readonly to: string; readonly said: string }[];
  /** Fails from now on. */
  break(way: keyof Pagers): void;
}

/** A call that an AWS service refused. */
export function denied(): OpsError {
  return new OpsError('AWS-DENIED', 'no right', { hint: 'deploy again' });
}

export function fakePagers(): FakePagers {
  const sent: FakePagers['sent'] = [];
  const broken = new Set<keyof Pagers>();
  const take = (way: keyof Pagers, to: string, said: string): void => {
    if (broken.has(way)) throw new OpsError('PAGE-FAILED', `${way} answered 500`);
    sent.push({ way, to, said });
  };
  return {
    sent,
    break: (way) => void broken.add(way),
    email: async (topic, { subject }) => take('email', topic, subject),
    slack: async (webhook, { text }) => take('slack', webhook, text),
    pagerDuty: async (event) =>
      take('pagerDuty', event.routing_key, `${event.event_action} ${event.dedup_key}`),
  };
}

/** Secrets whose value is `value of <name>`, with the new line of whoever pasted it. */
export function fakeSecrets(): SecretValues & { readonly reads: readonly string[] } {
  const reads: string[] = [];
  return {
    reads,
    read: async (secret) => {
      reads.push(secret);
      if (secret === 'absent') throw new OpsError('AWS-ABSENT', 'there is no such secret');
      return `value of ${secret}\n`;
    },
  };
}

export function fakeAlarms(
  inAlarm: readonly AlarmInAlarm[],
  transitions: readonly AlarmTransition[] | OpsError = [],
): AlarmStates {
  return {
    inAlarm: async (prefix) => inAlarm.filter(({ name }) => name.startsWith(prefix)),
    transitions: async () => {
      if (transitions instanceof OpsError) throw transitions;
      return transitions;
    },
  };
}

export function fakeAcknowledgements(
  known: readonly Acknowledgement[] | OpsError = [],
): Acknowledgements & {
  readonly written: readonly { readonly environment: string; readonly alarm: string }[];
} {
  const written: { environment: string; alarm: string }[] = [];
  return {
    written,
    read: async () => {
      if (known instanceof OpsError) throw known;
      return new Map(known.map((one) => [one.alarm, one]));
    },
    write: async (environment, { alarm }) => void written.push({ environment, alarm }),
  };
}
