import { z } from 'zod';
import { ALARM_STATES, type AlarmState } from '../ports/alarm-states.ts';

/** What CloudWatch says when an alarm's state changes. */
export interface AlarmChange {
  readonly name: string;
  readonly arn: string | undefined;
  readonly description: string | undefined;
  readonly state: AlarmState;
  readonly reason: string;
  readonly at: Date;
  /** What a composite alarm is made of; absent for an alarm of a metric. */
  readonly composite?: CompositeChange | undefined;
}

/** What only a composite alarm's message says. */
export interface CompositeChange {
  /** Names of all alarms in its rule. */
  readonly members: readonly string[];
  /** Names of those whose change made it change. */
  readonly triggering: readonly string[];
}

/** `2026-12-01T05:10:00.123+0000`: an offset without the colon that ISO 8601 wants beside others. */
const StateChangeTime = z
  .string()
  .transform((text) => text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  .pipe(z.iso.datetime({ offset: true }))
  .transform((text) => new Date(text));
const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

const ALARM_ARN = /^arn:[^:]+:cloudwatch:[^:]*:\d*:alarm:(.+)$/;
/** A composite alarm's rule names others by name or ARN, in quotes or not. */
const RULE_MEMBER = /\b(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*(?:"([^"]+)"|([^\s()"]+))\s*\)/g;
/** Whatever else stands there is not worth losing the message for. */
const Triggering = z
  .array(z.object({ Arn: z.string() }))
  .nullish()
  .catch(undefined)
  .transform((children) => (children ?? []).map(({ Arn }) => nameInArn(Arn)));

const Message = z
  .object({
    AlarmName: z.string().min(1),
    AlarmArn: Text,
    AlarmDescription: Text,
    NewStateValue: z.enum(ALARM_STATES),
    NewStateReason: Text,
    StateChangeTime,
    AlarmRule: Text.catch(undefined),
    TriggeringChildren: Triggering,
  })
  .transform((message): AlarmChange => ({
    name: message.AlarmName,
    arn: message.AlarmArn,
    description: message.AlarmDescription,
    state: message.NewStateValue,
    reason: message.NewStateReason ?? '',
    at: message.StateChangeTime,
    ...(message.AlarmRule !== undefined && {
      composite: {
        members: ruleMembers(message.AlarmRule),
        triggering: message.TriggeringChildren,
      },
    }),
  }));

/**
 * Reads what an alarm sends to its topic; `undefined` for any other text, such as a person's.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
export function parseAlarmChange(text: string): AlarmChange | undefined {
  try {
    return Message.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Names of the alarms in a composite alarm's rule, each once.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export function ruleMembers(rule: string): readonly string[] {
  const named = [...rule.matchAll(RULE_MEMBER)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  return [...new Set(named.map(nameInArn))];
}

function nameInArn(arn: string): string {
  return ALARM_ARN.exec(arn)?.[1] ?? arn;
}
