import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  Metric,
  METRIC_NAMESPACE,
  METRIC_UNITS,
  type MetricName,
  type Unit,
} from '../../../lib/core/contract/metrics.ts';
import { alarmsOf, type DeployedAlarm } from '../support/alarms.ts';
import { clusterOf, environmentOf } from '../support/inputs.ts';
import { synthesize } from '../support/synthesis.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const HOUR_SEC = 3_600;

const alarms = alarmsOf(synthesize());
const own = alarms.filter(({ namespace }) => namespace === METRIC_NAMESPACE);

function alarm(id: string, among: readonly DeployedAlarm[] = alarms): DeployedAlarm {
  const found = among.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no alarm ${id}`);
  return found;
}

/** When each alarm about Holdfast's own metrics fires, in the metric's unit. */
const OWN = `
BackupMissed    page    LastBackupAgeSec       Maximum of 300 s > 115200 Seconds  3 of  3  breaching
BackupFailed    page    BackupFailed           Sum     of 300 s >      0 Count    1 of 12  notBreaching
BackupTooSmall  ticket  BackupSizePercent      Minimum of 300 s <     50 Percent  1 of 12  notBreaching
BackupTooLong   ticket  BackupElapsedSec       Maximum of 300 s >  17280 Seconds  1 of  1  notBreaching
TaskNotStarted  ticket  TaskNotStarted         Sum     of 300 s >      0 Count    1 of 12  notBreaching
ArchiveLag      page    ArchiveLagSec          Maximum of  60 s >    300 Seconds  3 of  3  notBreaching
AgentSilent     page    AgentAlive             Sum     of  60 s <      1 Count    5 of  5  breaching
DataVolumeFull  page    DataVolumeFreePercent  Minimum of 300 s <     10 Percent  2 of  2  notBreaching
KeyUnusable     page    KeyUsable              Minimum of 300 s <      1 Count    2 of  2  breaching
HostMissing     page    HostsInService         Maximum of  60 s <      1 Count    5 of  5  breaching
HostReplaced    ticket  HostReplaced           Sum     of 300 s >      0 Count    1 of 12  notBreaching
RetentionMissed ticket  RetentionApplied       Sum     of 86400 s <    1 Count    2 of  2  breaching
RetentionWarning ticket RetentionWarnings      Maximum of 86400 s >    0 Count    1 of  1  notBreaching
ArchiveGap      page    ArchiveGaps            Maximum of 3600 s >     0 Count    1 of  2  notBreaching
ObjectCorrupt   page    CorruptObjects         Maximum of 3600 s >     0 Count    1 of  2  notBreaching
WindowShort     page    RecoveryWindowShortDays Maximum of 3600 s >    1 Count    2 of  3  notBreaching
AuditFinding    ticket  AuditFindings          Maximum of 3600 s >     0 Count    1 of  2  notBreaching
AuditSilent     ticket  AuditCompleted         Sum     of 3600 s <     1 Count    3 of  3  breaching
HashAuditBehind ticket  HashAgeDays            Maximum of 3600 s >    31 Count    1 of  2  notBreaching
HashAuditFailed ticket  HashAuditFailed        Sum     of 900 s >      0 Count    1 of  4  notBreaching
GuardPaged      page    GuardPaged             Sum     of 300 s >      0 Count    1 of 12  notBreaching
GuardUnproven   ticket  GuardProven            Sum     of 21600 s <    1 Count    4 of  4  breaching
TagStranger     page    TagStrangers           Sum     of 300 s >      0 Count    1 of 12  notBreaching
DeletedByHand   page    DeletedByHand          Sum     of 300 s >      0 Count    1 of 12  notBreaching
PoolerWaiting   ticket  PoolerMaxWaitSec       Maximum of  60 s >      1 Seconds  5 of  5  breaching
`;
const ROWS = OWN.trim()
  .split('\n')
  .map((row) => row.replaceAll(/ +/g, ' '));

function rowOf(one: DeployedAlarm): string {
  const severity = one.tells?.endsWith('/Page') === true ? 'page' : 'ticket';
  const sign = one.comparison === 'GreaterThanThreshold' ? '>' : '<';
  const unit = METRIC_UNITS[one.metric as MetricName];
  return [
    `${one.id} ${severity} ${one.metric} ${one.statistic} of ${one.periodSec} s`,
    `${sign} ${one.threshold} ${unit} ${one.periods} of ${one.within} ${one.missing}`,
  ].join(' ');
}

describe('alarms', () => {
  test('have names of their own, which tell environment, cluster and id', () => {
    const names = alarms.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(alarms.map(({ id }) => `holdfast-prod-orders-${id}`));
  });

  test('say what has happened in one sentence, and where to read on', () => {
    const runbookUrl = 'https://wiki.example.com/runbook';
    for (const { id, description } of alarmsOf(synthesize(environmentOf({ runbookUrl })))) {
      const [sentence = '', link, ...more] = description.split('\n');
      expect(sentence).toMatch(/^[a-zA-Z].{20,}[^.]$/);
      expect(link).toBe(`${runbookUrl}#${id.toLowerCase()}`);
      expect(more).toEqual([]);
      // CloudWatch takes no more.
      expect(description.length).toBeLessThanOrEqual(1_024);
    }
  });

  test('link to a heading of the runbook each', () => {
    const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
    const headings = new Set([...runbook.matchAll(/^### (\S+)$/gm)].map(([, heading]) => heading));
    const missing = alarms.map(({ id }) => id).filter((id) => !headings.has(id));
    expect(missing).toEqual([]);
  });

  test('fire when the table says', () => {
    expect(own.map(rowOf)).toEqual(ROWS);
  });

  /** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
  test('look back a day at most, or a week in periods of an hour and more, as CloudWatch does', () => {
    const farthest = (periodSec: number): number => (periodSec < HOUR_SEC ? 1 : 7) * 24 * HOUR_SEC;
    const tooFar = alarms.filter(
      ({ periodSec, within }) => periodSec * within > farthest(periodSec),
    );
    expect(tooFar).toEqual([]);
  });

  test('about a metric of Holdfast name one that there is, with all of its dimensions', () => {
    expect(own.length).toBeGreaterThan(0);
    for (const { metric, dimensions } of own) {
      expect(Object.values<string>(Metric)).toContain(metric);
      expect(dimensions).toEqual({ service: 'holdfast', Environment: 'prod', Cluster: 'orders' });
    }
  });

  test('about a metric of Holdfast name one that some code sends', () => {
    const names = new Map(Object.entries(Metric).map(([key, name]) => [name as string, key]));
    const sources = globSync('{lib/core,functions,tasks,bin}/**/*.ts', { cwd: ROOT })
      .filter((path) => !path.startsWith('lib/core/contract/'))
      .map((path) => readFileSync(join(ROOT, path), 'utf8'));
    const silent = own.filter(({ metric }) => {
      const use = new RegExp(`\\bMetric\\.${names.get(metric) ?? ''}\\b`);
      return !sources.some((text) => use.test(text));
    });
    expect(silent.map(({ id, metric }) => `${id} ${metric}`)).toEqual([]);
  });

  test('have thresholds that their unit can reach', () => {
    const ofUnit = (unit: Unit): typeof own =>
      own.filter(({ metric }) => METRIC_UNITS[metric as MetricName] === unit);
    expect(own.filter(({ threshold }) => threshold < 0)).toEqual([]);
    expect(ofUnit('Percent').filter(({ threshold }) => threshold >= 100)).toEqual([]);
    expect(ofUnit('Seconds').filter(({ metric }) => !metric.endsWith('Sec'))).toEqual([]);
  });

  describe('follow the file', () => {
    test('BackupMissed waits for the schedule, the longest backup and an hour', () => {
      const schedule = { at: ['02:30'], days: ['sun' as const] };
      const weekly = synthesize(clusterOf({ backup: { schedule, timeoutHours: 12 } }));
      expect(alarm('BackupMissed', alarmsOf(weekly)).threshold).toBe(
        (7 * 24 + 1 + 12 + 1) * HOUR_SEC,
      );
    });

    test('BackupTooLong comes before the time is over', () => {
      const short = synthesize(clusterOf({ backup: { timeoutHours: 1 } }));
      expect(alarm('BackupTooLong', alarmsOf(short)).threshold).toBe(0.8 * HOUR_SEC);
    });

    test('ArchiveLag is the objective', () => {
      expect(alarm('ArchiveLag', alarmsOf(synthesize(clusterOf({ rpoSec: 60 })))).threshold).toBe(
        60,
      );
    });
  });

  test('about a pooler are only where there is one', () => {
    const without = alarmsOf(synthesize(clusterOf({ pooler: { enabled: false } })));
    expect(without.map(({ id }) => id)).toEqual(
      alarms.map(({ id }) => id).filter((id) => id !== 'PoolerWaiting'),
    );
  });

  describe('watch what watches', () => {
    const all = synthesize().resources();
    const watched = JSON.stringify(alarms.map(({ resource }) => resource.properties['Dimensions']));

    test('every function, for errors', () => {
      const errors = alarms.filter(
        ({ metric, namespace }) => `${namespace} ${metric}` === 'AWS/Lambda Errors',
      );
      const functions = all.filter(({ type }) => type === 'AWS::Lambda::Function');
      expect(errors).toHaveLength(functions.length);
      for (const { id } of functions) expect(watched).toContain(id);
    });

    test('every queue of what could not be handled', () => {
      const queues = all.filter(({ type }) => type === 'AWS::SQS::Queue');
      expect(queues).toHaveLength(4);
      for (const { id } of queues) expect(watched).toContain(id);
    });

    test('the topic that pages, on a page: e-mail and notifier do not fail together', () => {
      expect(alarm('TopicFailing')).toMatchObject({
        namespace: 'AWS/SNS',
        metric: 'NumberOfNotificationsFailed',
        tells: 'orders-Watch/Topics/Page',
      });
    });

    test('the schedules', () => {
      expect(alarm('ScheduleDropped')).toMatchObject({
        namespace: 'AWS/Scheduler',
        metric: 'InvocationDroppedCount',
        dimensions: { ScheduleGroup: 'holdfast-prod-orders' },
      });
      expect(alarm('ArchiveScheduleDropped')).toMatchObject({
        dimensions: { ScheduleGroup: 'holdfast-prod-orders-archive' },
      });
    });
  });
});
