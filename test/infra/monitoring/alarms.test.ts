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
import { alarmsOf, type DeployedAlarm, groupsOf } from '../support/alarms.ts';
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

/** When each alarm fires, in the metric's unit. Whoever changes one changes it there, where it is seen. */
const ROWS = readFileSync(join(import.meta.dirname, 'alarm-table.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((row) => row.replaceAll(/ +/g, ' '));

function rowOf(one: DeployedAlarm): string {
  const sign = one.comparison === 'GreaterThanThreshold' ? '>' : '<';
  const metric = one.query?.replace(/ FROM .*/, '') ?? `${one.metric} ${one.statistic}`;
  const speaks = one.tells === undefined ? 'in-group' : 'itself';
  return [
    `${one.id} ${one.tier} ${one.severity} ${speaks} ${metric} of ${one.periodSec} s`,
    `${sign} ${one.threshold} ${one.periods} of ${one.within} ${one.missing}`,
  ].join(' ');
}

describe('alarms', () => {
  test('have names of their own, which tell environment, cluster and id', () => {
    const names = alarms.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(alarms.map(({ id }) => `holdfast-prod-orders-${id}`));
  });

  test('say what has happened in one sentence, where to read on, how to look and whose it is', () => {
    const runbookUrl = 'https://wiki.example.com/runbook';
    for (const { id, description } of alarmsOf(synthesize(environmentOf({ runbookUrl })))) {
      const [sentence = '', link, look, whose, ...more] = description.split('\n');
      expect(sentence).toMatch(/^[a-zA-Z].{20,}[^.]$/);
      expect(link).toBe(`${runbookUrl}#${id.toLowerCase()}`);
      expect(look).toMatch(/^look: .{10,}$/);
      expect(whose).toMatch(/^tier [ABCDM], severity (page|ticket), owner on-call$/);
      expect(more).toEqual([]);
      // CloudWatch takes no more.
      expect(description.length).toBeLessThanOrEqual(1_024);
    }
  });

  test('link to a heading of the runbook each', () => {
    const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
    const headings = new Set([...runbook.matchAll(/^### (\S+)$/gm)].map(([, heading]) => heading));
    const telling = groupsOf(synthesize()).filter(({ tells }) => tells !== undefined);
    const missing = [...alarms, ...telling].map(({ id }) => id).filter((id) => !headings.has(id));
    expect(missing).toEqual([]);
  });

  test('fire when the table says', () => {
    expect(alarms.map(rowOf)).toEqual(ROWS);
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
      const use = new RegExp(`\\b(Health)?Metric\\.${names.get(metric) ?? ''}\\b`);
      return !sources.some((text) => use.test(text));
    });
    expect(silent.map(({ id, metric }) => `${id} ${metric}`)).toEqual([]);
  });

  test('have thresholds that their unit can reach', () => {
    const ofUnit = (unit: Unit): typeof own =>
      own.filter(({ metric }) => METRIC_UNITS[metric as MetricName] === unit);
    const below0 = own.filter(({ threshold }) => threshold < 0);
    expect(below0.map(({ id }) => id)).toEqual(['SecretOverdue']);
    const shares = ofUnit('Percent').filter(({ threshold }) => threshold >= 100);
    // Shares of what a setting asks for, or of what is usual.
    expect(shares.map(({ id }) => id)).toEqual(['FreezeBehind', 'WalDirLarge', 'WalSurge']);
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

    test('those of health go by its thresholds, and WalUnarchived by the objective where that is longer', () => {
      const from = synthesize(
        clusterOf({
          rpoSec: 7_200,
          volume: { sizeGiB: 40 },
          health: {
            thresholds: { xidAge: { page: 1_500_000_000 } },
          },
        }),
      );
      expect(alarm('XidsOld', alarmsOf(from)).threshold).toBe(1_500_000_000);
      expect(alarm('WalUnarchived', alarmsOf(from)).threshold).toBe(7_200);
    });

    test.each([
      ['the planned limit', {}, 0.8 * 4 * 1_024 ** 3],
      ['one of its own', { max_slot_wal_keep_size: '2GB' }, 0.8 * 2 * 1_024 ** 3],
      ['one that is wider', { max_slot_wal_keep_size: '30GB' }, 20 * 1_024 ** 3],
      ['none', { max_slot_wal_keep_size: -1 }, 20 * 1_024 ** 3],
    ])('SlotRetainsMuch comes before %s gives the slot up', (_, settings, bytes) => {
      const from = synthesize(
        clusterOf({
          volume: { sizeGiB: 40 },
          postgres: { settings },
          health: { thresholds: { slotRetainedPercent: { page: 50 } } },
        }),
      );
      expect(alarm('SlotRetainsMuch', alarmsOf(from)).threshold).toBe(Math.round(bytes));
    });

    test('ArchiveLag is the objective', () => {
      expect(alarm('ArchiveLag', alarmsOf(synthesize(clusterOf({ rpoSec: 60 })))).threshold).toBe(
        60,
      );
    });
  });

  test('that page about data, or about who watches it, also tell when nobody can tell', () => {
    const wanted = alarms.filter(
      ({ tier, severity }) => severity === 'page' && (tier === 'A' || tier === 'M'),
    );
    expect(wanted.length).toBeGreaterThan(20);
    const telling = alarms.filter(({ tellsOfSilence }) => tellsOfSilence);
    expect(telling.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
  });

  test('go where their severity says, those that speak for themselves', () => {
    const wrong = alarms.filter(
      ({ tells, severity }) =>
        tells !== undefined && !tells.endsWith(severity === 'page' ? '/Page' : '/Ticket'),
    );
    expect(wrong.map(({ id }) => id)).toEqual([]);
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

    test('what asks for volumes by a query, for the cluster’s own', () => {
      const queries = alarms.flatMap(({ query }) => (query === undefined ? [] : [query]));
      expect(queries).toHaveLength(3);
      for (const query of queries) {
        expect(query).toMatch(
          /^SELECT MAX\(Volume\w+Check\) FROM "AWS\/EBS" WHERE VolumeId = '\$\{[\w-]+data:\w*Volume\w+\}'$/,
        );
      }
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
