import {
  type AlarmHistoryItem,
  type CompositeAlarm,
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  type DescribeAlarmsInput,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import {
  ALARM_STATES,
  type AlarmInAlarm,
  type AlarmStates,
  type AlarmTransition,
} from '../../ports/alarm-states.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/**
 * Without it, only alarms of metrics are told. Of composite ones a role is told only if it may see all alarms.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
const ALL_ALARMS = {
  AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
} satisfies DescribeAlarmsInput;
/** More than any alarm that is worth its name changes within one trouble; CloudWatch's own limit. */
const MAX_TRANSITIONS = 100;
/** What an item of the history says in JSON. */
const HistoryData = z.object({ newState: z.object({ stateValue: z.enum(ALARM_STATES) }) });

/** CloudWatch's own view of its alarms. */
export function cloudWatchAlarms(client = new CloudWatchClient(CLIENT_SETTINGS)): AlarmStates {
  return {
    inAlarm: async (namePrefix, { signal } = {}) =>
      awsCall(
        `cloudwatch:DescribeAlarms of ${namePrefix}…`,
        async () => listInAlarm(client, namePrefix, signal),
        signal,
      ),
    transitions: async (name, { signal } = {}) => {
      const history = new DescribeAlarmHistoryCommand({
        AlarmName: name,
        ...ALL_ALARMS,
        HistoryItemType: 'StateUpdate',
        ScanBy: 'TimestampDescending',
        MaxRecords: MAX_TRANSITIONS,
      });
      const { AlarmHistoryItems = [] } = await awsCall(
        `cloudwatch:DescribeAlarmHistory of ${name}`,
        async () => client.send(history, { abortSignal: signal }),
        signal,
      );
      return AlarmHistoryItems.flatMap(toTransition);
    },
  };
}

async function listInAlarm(
  client: CloudWatchClient,
  namePrefix: string,
  signal: AbortSignal | undefined,
): Promise<readonly AlarmInAlarm[]> {
  const pages = paginateDescribeAlarms(
    { client },
    { AlarmNamePrefix: namePrefix, StateValue: 'ALARM', ...ALL_ALARMS },
    { abortSignal: signal },
  );
  const found: (MetricAlarm | CompositeAlarm)[] = [];
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
    found.push(...MetricAlarms, ...CompositeAlarms);
  }
  // An API server of tests gives all that have the prefix.
  return found.filter(({ StateValue }) => StateValue === 'ALARM').flatMap(toAlarm);
}

function toAlarm(alarm: MetricAlarm & CompositeAlarm): readonly AlarmInAlarm[] {
  // The other time also changes while the state stays; only an API server of tests has nothing better.
  const transitionedAt = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
  if (alarm.AlarmName === undefined || transitionedAt === undefined) return [];
  return [
    {
      name: alarm.AlarmName,
      arn: alarm.AlarmArn,
      description: alarm.AlarmDescription,
      reason: alarm.StateReason ?? '',
      transitionedAt,
      actions:
        alarm.ActionsEnabled === false || alarm.ActionsSuppressedBy !== undefined
          ? []
          : (alarm.AlarmActions ?? []),
      rule: alarm.AlarmRule,
    },
  ];
}

function toTransition({
  Timestamp,
  HistoryData: data,
}: AlarmHistoryItem): readonly AlarmTransition[] {
  if (Timestamp === undefined || data === undefined) return [];
  const { newState } = HistoryData.parse(JSON.parse(data));
  return [{ at: Timestamp, to: newState.stateValue }];
}
