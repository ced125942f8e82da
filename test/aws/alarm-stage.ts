import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import { REASON, SAYS } from '../core/paging/samples.ts';

/** Makes an alarm that tells `topic`; it is OK. */
export async function makeAlarm(
  name: string,
  topic: string,
  { isSilent = false }: { readonly isSilent?: boolean } = {},
): Promise<void> {
  await new CloudWatchClient().send(
    new PutMetricAlarmCommand({
      AlarmName: name,
      AlarmDescription: SAYS,
      AlarmActions: [topic],
      ActionsEnabled: !isSilent,
      Namespace: 'Holdfast',
      MetricName: 'LastBackupAgeSec',
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 93_600,
      Period: 300,
      EvaluationPeriods: 1,
    }),
  );
}

/** Changes the state of an alarm. */
export async function moveAlarm(name: string, state: StateValue): Promise<void> {
  await new CloudWatchClient().send(
    new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: REASON }),
  );
}
