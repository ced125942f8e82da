import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
} from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { cloudWatchAlarms } from '../../../../lib/core/adapters/aws/cloudwatch-alarms.ts';

const since = new Date('2026-12-01T05:10:00.123Z');
const updated = new Date('2026-12-01T05:15:00Z');
const NAME = 'holdfast-prod-orders-BackupMissed';

const cloudWatch = mockClient(CloudWatchClient);
beforeEach(() => cloudWatch.reset());

const alarm = (AlarmName: string) => ({
  AlarmName,
  StateValue: 'ALARM' as const,
  StateTransitionedTimestamp: since,
  StateUpdatedTimestamp: updated,
});

describe('alarms in ALARM', () => {
  test('are read page by page, with the time of their transition', async () => {
    cloudWatch
      .on(DescribeAlarmsCommand)
      .resolvesOnce({ MetricAlarms: [alarm('a')], NextToken: 'more' })
      .resolvesOnce({ MetricAlarms: [alarm('b')] });
    const found = await cloudWatchAlarms().inAlarm('holdfast-prod-');
    expect(found.map(({ name, transitionedAt }) => [name, transitionedAt])).toEqual([
      ['a', since],
      ['b', since],
    ]);
    const asked = { AlarmNamePrefix: 'holdfast-prod-', StateValue: 'ALARM' };
    expect(cloudWatch.call(0).args[0].input).toMatchObject({
      ...asked,
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    });
    expect(cloudWatch.call(1).args[0].input).toMatchObject({ ...asked, NextToken: 'more' });
  });

  test('fails when the role may not read them', async () => {
    const denied = Object.assign(new Error('no right'), { name: 'AccessDeniedException' });
    cloudWatch.on(DescribeAlarmsCommand).rejects(denied);
    await expect(cloudWatchAlarms().inAlarm('holdfast-prod-')).rejects.toMatchObject({
      code: 'AWS-DENIED',
    });
  });

  test('fails with a hint when no region is set', async () => {
    cloudWatch.on(DescribeAlarmsCommand).rejects(new Error('Region is missing'));
    await expect(cloudWatchAlarms().inAlarm('holdfast-prod-')).rejects.toMatchObject({
      code: 'CONFIG-INVALID',
      hint: 'set AWS_REGION',
    });
  });
});

describe('composite alarms', () => {
  const topic = 'arn:aws:sns:eu-central-1:111122223333:holdfast-prod-orders-page';
  const rule = 'ALARM("holdfast-prod-orders-DatabaseUnreachable")';
  const composite = {
    ...alarm('holdfast-prod-orders-DatabaseDown'),
    AlarmRule: rule,
    AlarmActions: [topic],
    ActionsEnabled: true,
  };

  test('in ALARM are found with the others, with their rule', async () => {
    cloudWatch
      .on(DescribeAlarmsCommand)
      .resolves({ MetricAlarms: [alarm('a')], CompositeAlarms: [composite] });
    expect(await cloudWatchAlarms().inAlarm('holdfast-prod-')).toMatchObject([
      { name: 'a', rule: undefined },
      { name: composite.AlarmName, rule, actions: [topic] },
    ]);
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
    expect(cloudWatch.call(0).args[0].input).toMatchObject({
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    });
  });
});

test('transitions are read from the history, newest first', async () => {
  const item = (Timestamp: Date, stateValue: string) => ({
    AlarmName: NAME,
    HistoryItemType: 'StateUpdate' as const,
    HistorySummary: `Alarm updated to ${stateValue}`,
    HistoryData: JSON.stringify({
      version: '1.0',
      oldState: { stateValue: 'OK', stateReason: '' },
      newState: { stateValue, stateReason: '', stateReasonData: { threshold: 1 } },
    }),
    Timestamp,
  });
  cloudWatch
    .on(DescribeAlarmHistoryCommand, { AlarmName: NAME, ScanBy: 'TimestampDescending' })
    .resolves({ AlarmHistoryItems: [item(updated, 'INSUFFICIENT_DATA'), item(since, 'ALARM')] });
  expect(await cloudWatchAlarms().transitions(NAME)).toEqual([
    { at: updated, to: 'INSUFFICIENT_DATA' },
    { at: since, to: 'ALARM' },
  ]);
});
