import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alarmsOf } from '../support/alarms.ts';
import { functionAt, variablesOf } from '../support/environments.ts';
import { clusterOf } from '../support/inputs.ts';
import { roleStatements } from '../support/policies.ts';
import { textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';

const COPY = { region: 'eu-west-1', retention: { days: 21, undeleteDays: 14 } };
const COPY_BUCKET = 'arn:aws:s3:::holdfast-prod-orders-111111111111-copy';

const synthesis = synthesize(clusterOf({ copy: COPY }));

describe('who watches the copy', () => {
  const alarms = alarmsOf(synthesis);

  test('looks at each of S3’s metrics where S3 publishes it', () => {
    const dimensions = {
      SourceBucket: 'holdfast-prod-orders-111111111111',
      DestinationBucket: 'holdfast-prod-orders-111111111111-copy',
      RuleId: 'CopyTheArchive',
    };
    const watched = alarms.filter(({ namespace }) => namespace === 'AWS/S3');
    const metrics = new Map(watched.map((one) => [one.id, [one.metric, one.dimensions]]));
    expect(Object.fromEntries(metrics)).toEqual({
      CopyFailing: ['OperationsFailedReplication', dimensions],
      CopyLagging: ['ReplicationLatency', dimensions],
    });
    const stackOf = (id: string): unknown =>
      synthesis.resources('AWS::CloudWatch::Alarm').find(({ path }) => path.endsWith(`/${id}`))
        ?.stack;
    expect(['CopyLagging', 'CopyFailing'].map(stackOf)).toEqual([
      'orders-CopyWatch',
      'orders-Watch',
    ]);
  });

  test('links each alarm to a heading of the runbook', () => {
    const runbook = readFileSync(resolve(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
    const ids = alarms.map(({ id }) => id).filter((id) => id.startsWith('Copy'));
    expect(ids.length).toBeGreaterThan(3);
    expect(ids.filter((id) => !runbook.includes(`\n### ${id}\n`))).toEqual([]);
  });

  test('lets go and locks there, hours after the archive does: its lease comes along', () => {
    const cron = (stack: string): unknown =>
      synthesis
        .resources('AWS::Scheduler::Schedule')
        .filter((one) => one.stack === stack && one.id.startsWith('SchedulesApplyRetention'))
        .map(({ properties }) => properties['ScheduleExpression']);
    expect(cron('orders-Archive')).toEqual(['cron(0 14 * * ? *)']);
    expect(cron('orders-CopyWatch')).toEqual(['cron(0 20 * * ? *)']);
    const applier = functionAt(synthesis, 'orders-CopyWatch/Retention/ApplyRetention');
    const { HOLDFAST_STORE: store, HOLDFAST_RETENTION: policy = '' } = variablesOf(applier);
    expect(store).toBe('s3://holdfast-prod-orders-111111111111-copy');
    expect(JSON.parse(policy)).toMatchObject({ windowDays: 21, undeleteDays: 14, daily: 7 });
    const rights = roleStatements(synthesis).filter(({ owner }) => owner.startsWith('orders-Copy'));
    const reached = rights
      .flatMap(({ resources }) => resources)
      .filter((one) => /:s3:::/.test(one));
    expect(reached.length).toBeGreaterThan(10);
    expect(reached.filter((one) => !one.startsWith(COPY_BUCKET))).toEqual([]);
  });

  test('audits the copy itself each hour, and pages for what is missing there', () => {
    const auditor = functionAt(synthesis, 'orders-CopyWatch/AuditArchive');
    const { HOLDFAST_STORE: store, HOLDFAST_RETENTION: policy = '' } = variablesOf(auditor);
    expect(store).toBe('s3://holdfast-prod-orders-111111111111-copy');
    expect(JSON.parse(policy)).toMatchObject({ windowDays: 21 });
    const gap = alarms.find(({ id }) => id === 'CopyGap');
    expect(gap).toMatchObject({ metric: 'ArchiveGaps', tells: 'orders-CopyWatch/Topics/Page' });
  });

  test('pages by topics and a notifier of the copy’s region', () => {
    const notifier = functionAt(synthesis, 'orders-CopyWatch/Pages/Notify');
    expect(variablesOf(notifier)).toMatchObject({
      HOLDFAST_ENVIRONMENT: 'prod',
      HOLDFAST_CLUSTER: 'orders',
    });
    const subscribed = synthesis
      .resources('AWS::SNS::Subscription')
      .filter(({ stack }) => stack === 'orders-CopyWatch')
      .map(({ properties }) => textOf(properties['Protocol']));
    expect(new Set(subscribed)).toEqual(new Set(['email', 'lambda']));
  });
});
