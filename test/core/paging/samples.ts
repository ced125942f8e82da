import type { NotifyConfig } from '../../../lib/core/config/notify-config.ts';
import type { Diagnosis } from '../../../lib/core/diagnosis/diagnosis-record.ts';
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
  diagnoseFunction: undefined,
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

/** An alarm of the cluster, made of others. */
export const COMPOSITE = 'holdfast-prod-orders-DatabaseDown';

/** What a composite alarm publishes: it has no metric, but a rule. */
export function compositeJson(more: object = {}): string {
  const child = 'holdfast-prod-orders-DatabaseUnreachable';
  const arn = `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${child}`;
  return alarmJson({
    AlarmName: COMPOSITE,
    AlarmArn: ALARM_ARN.replace(ALARM, COMPOSITE),
    NewStateReason: `${arn} transitioned to ALARM at Tuesday 01 December, 2026 05:10:00 UTC`,
    AlarmRule: `ALARM("${arn}") OR ALARM("holdfast-prod-orders-WriterWrong")`,
    TriggeringChildren: [
      { Arn: arn, State: { Value: 'ALARM', Timestamp: '2026-12-01T05:10:00.123+0000' } },
    ],
    Trigger: undefined,
    ...more,
  });
}

/** What CloudWatch says when nothing was measured. */
export const SILENCE =
  'Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].';

/** A diagnosis, as far as a page needs one. */
export function diagnosis(more: Partial<Diagnosis> = {}): Diagnosis {
  return {
    alarm: ALARM,
    at: new Date('2026-12-01T05:10:00.123Z'),
    madeAt: new Date('2026-12-01T05:10:03.000Z'),
    parts: [
      { id: 'backup', says: '20261201T010000Z, made 4 h 9 min ago', isMissing: false, rows: [] },
      { id: 'blockers', says: 'PG-CONNECT: refused', isMissing: true, rows: [] },
      { id: 'horizon', says: 'PG-CONNECT: refused', isMissing: true, rows: [] },
    ],
    next: ['SELECT pg_terminate_backend(4711)', 'holdfast status'],
    object: 's3://backups/prod/orders/1-15/diagnosis/20261201T051000Z-BackupMissed.json',
    ...more,
  };
}
