import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
} from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, test } from 'vitest';
import { cloudWatchAlarms } from '../../lib/core/adapters/aws/cloudwatch-alarms.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:holdfast-prod-orders-page';
const RULE = 'ALARM("holdfast-prod-orders-DatabaseUnreachable")';
const cloudWatch = mockClient(CloudWatchClient);
afterEach(() => cloudWatch.reset());

/** The API server of tests knows no composite alarms. */
describe('composite alarms', () => {
  const composite = {
    AlarmName: 'holdfast-prod-orders-DatabaseDown',
    AlarmRule: RULE,
    StateValue: 'ALARM',
    StateTransitionedTimestamp: new Date('2026-12-01T05:10:00Z'),
    AlarmActions: [TOPIC],
    ActionsEnabled: true,
  } satisfies CompositeAlarm;

  test('in ALARM are found with the others, with their rule', async () => {
    cloudWatch.on(DescribeAlarmsCommand).resolves({ CompositeAlarms: [composite] });
    expect(await cloudWatchAlarms().inAlarm('holdfast-prod-')).toMatchObject([
      { name: composite.AlarmName, rule: RULE, actions: [TOPIC] },
    ]);
    const [call] = cloudWatch.commandCalls(DescribeAlarmsCommand);
    expect(call?.args[0].input).toMatchObject({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
  });

  test.each(['Alarm', 'WaitPeriod', 'ExtensionPeriod'] as const)(
    'that a suppressor keeps quiet by its %s tell nobody',
    async (ActionsSuppressedBy) => {
      const CompositeAlarms = [{ ...composite, ActionsSuppressedBy }];
      cloudWatch.on(DescribeAlarmsCommand).resolves({ CompositeAlarms });
      expect(await cloudWatchAlarms().inAlarm('holdfast-prod-')).toMatchObject([{ actions: [] }]);
    },
  );

  test('have a history too', async () => {
    cloudWatch.on(DescribeAlarmHistoryCommand).resolves({ AlarmHistoryItems: [] });
    expect(await cloudWatchAlarms().transitions(composite.AlarmName)).toEqual([]);
    const [call] = cloudWatch.commandCalls(DescribeAlarmHistoryCommand);
    expect(call?.args[0].input).toMatchObject({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
  });
});
