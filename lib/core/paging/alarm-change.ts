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

const Message = z
  .object({
    AlarmName: z.string().min(1),
    AlarmArn: Text,
    AlarmDescription: Text,
    NewStateValue: z.enum(ALARM_STATES),
    NewStateReason: Text,
    StateChangeTime,
  })
  .transform((message): AlarmChange => ({
    name: message.AlarmName,
    arn: message.AlarmArn,
    description: message.AlarmDescription,
    state: message.NewStateValue,
    reason: message.NewStateReason ?? '',
    at: message.StateChangeTime,
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
