import type { NotifyConfig } from '../../../lib/core/config/notify-config.ts';
import type { AlarmChange } from '../../../lib/core/paging/alarm-change.ts';
import type { AlarmInAlarm } from '../../../lib/core/ports/alarm-states.ts';

export const PAGE_TOPIC = 'arn:aws:sns:eu-central-1:111122223333:holdfast-prod-orders-page';
export const TICKET_TOPIC = 'arn:aws:sns:eu-central-1:111122223333:holdfast-prod-orders-ticket';
export const ALARM = 'holdfast-prod-orders-BackupMissed';
export const ALARM_ARN = `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${ALARM}`;
export const RUNBOOK = 'https://example.com/runbook.md';
export const SAYS = 'the newest restorable backup is older than 26 hours';
export const REASON =
  'Threshold Crossed: 1 datapoint [93960.0 (01/12/26 05:05:00)] was greater than the threshold (93600.0).';

export const CONFIG: NotifyConfig = {
  environment: 'prod',
  cluster: 'orders',
  pageTopic: PAGE_TOPIC,
  ticketTopic: TICKET_TOPIC,
  runbookUrl: RUNBOOK,
  repeatMinutes: 15,
  routes: {
    page: { emailTopic: 'page-email', slackSecret: 'page-slack', pagerDutySecret: 'page-duty' },
    ticket: { emailTopic: 'ticket-email' },
  },
};

/** What CloudWatch publishes, as far as anybody reads it. */
export function alarmJson(more: object = {}): string {
  return JSON.stringify({
    AlarmName: ALARM,
    AlarmDescription: SAYS,
    AWSAccountId: '111122223333',
    AlarmConfigurationUpdatedTimestamp: '2026-11-22T10:00:00.000+0000',
    NewStateValue: 'ALARM',
    NewStateReason: REASON,
    StateChangeTime: '2026-12-01T05:10:00.123+0000',
    Region: 'EU (Frankfurt)',
    AlarmArn: ALARM_ARN,
    OldStateValue: 'OK',
    OKActions: [PAGE_TOPIC],
    AlarmActions: [PAGE_TOPIC],
    InsufficientDataActions: [],
    Trigger: { MetricName: 'LastBackupAgeSec', Namespace: 'Holdfast', Threshold: 93_600 },
    ...more,
  });
}

/** The same, understood. */
export function alarmChange(more: Partial<AlarmChange> = {}): AlarmChange {
  return {
    name: ALARM,
    arn: ALARM_ARN,
    description: SAYS,
    state: 'ALARM',
    reason: REASON,
    at: new Date('2026-12-01T05:10:00.123Z'),
    ...more,
  };
}

/** An alarm that has been in ALARM since 05:10. */
export function alarmInAlarm(more: Partial<AlarmInAlarm> = {}): AlarmInAlarm {
  return {
    name: ALARM,
    arn: ALARM_ARN,
    description: SAYS,
    reason: REASON,
    transitionedAt: new Date('2026-12-01T05:10:00.123Z'),
    actions: [PAGE_TOPIC],
    ...more,
  };
}
