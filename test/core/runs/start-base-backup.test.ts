import { describe, expect, test } from 'vitest';
import { BACKUP_LEASE } from '../../../lib/core/contract/key-layout.ts';
import { Metric } from '../../../lib/core/contract/metrics.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { TaskRunner } from '../../../lib/core/ports/task-runner.ts';
import { putOnce } from '../../../lib/core/runs/put-once.ts';
import { ClaimRecord, OutcomeRecord, TaskRecord } from '../../../lib/core/runs/run-records.ts';
import { ScheduledBackup, startBaseBackup } from '../../../lib/core/runs/start-base-backup.ts';
import { withLease } from '../../../lib/core/store/lease.ts';
import { getRecord } from '../../../lib/core/store/record.ts';
import { codeOf, listKeys, refusalOf } from '../../contract/store-helpers.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { DUE, OCCURRENCE, runStage, type RunStage, taskArnOf } from './run-stage.ts';

const EVENT = ScheduledBackup.parse({ scheduledTime: '2026-12-01T01:00:00Z', kind: 'base-backup' });

/** ECS that starts a task and then is not heard again, as when the function is killed. */
function fatal({ ecs }: RunStage): TaskRunner {
  return {
    tasks: async () => ecs.tasks(),
    start: async (request) => {
      await ecs.start(request);
      throw new Error('killed');
    },
  };
}

function keysOf({ lineage }: RunStage): ReturnType<RunStage['lineage']['keys']['run']> {
  return lineage.keys.run('base-backup', OCCURRENCE);
}

describe('startBaseBackup', () => {
  test('claims the occurrence, starts one task on the wanted capacity, and records it', async () => {
    const stage = await runStage();
    const result = await startBaseBackup(EVENT, stage.context('a'));
    expect(result).toEqual({ taskArn: taskArnOf(1) });
    expect(stage.ecs.requests).toEqual([
      {
        environment: { HOLDFAST_OCCURRENCE: OCCURRENCE, HOLDFAST_ATTEMPT: '1' },
        startedBy: `holdfast/base-backup/${OCCURRENCE}/1`,
        clientToken: expect.stringMatching(/^[0-9a-f]{64}$/),
        capacityProvider: 'FARGATE_SPOT',
      },
    ]);
    const { claim } = keysOf(stage);
    expect(await getRecord(stage.store, claim, ClaimRecord)).toEqual({ by: 'a', at: DUE });
    const record = await getRecord(stage.store, keysOf(stage).task(1), TaskRecord);
    expect(record.taskArn).toBe(taskArnOf(1));
    expect((await stage.store.head(claim))?.metadata?.epoch).toBe(0);
    expect(stage.lines.map(({ event }) => event)).toEqual(['run.claimed', 'run.started']);
  });

  test('starts nothing for an occurrence that was due more than six hours ago', async () => {
    const stage = await runStage();
    stage.clock.advance(6 * 3_600_000 + 1);
    expect(await startBaseBackup(EVENT, stage.context('a'))).toEqual({ skipped: 'too-old' });
    expect(await listKeys(stage.store, `${stage.lineage.keys.prefix}run/`)).toEqual([]);
    expect(stage.lines).toMatchObject([{ level: 'warn', fields: { reason: 'too-old' } }]);
  });

  test('starts nothing when it is called again, by whomever', async () => {
    const stage = await runStage();
    await startBaseBackup(EVENT, stage.context('a'));
    for (const id of ['a', 'b']) {
      expect(await startBaseBackup(EVENT, stage.context(id))).toEqual({ skipped: 'started' });
    }
    expect(stage.ecs.requests).toHaveLength(1);
    expect(stage.lines.at(-1)).toMatchObject({
      event: 'run.skipped',
      fields: { reason: 'started', task_arn: taskArnOf(1) },
    });
  });

  test('starts one task when two begin at once', async () => {
    const stage = await runStage();
    const results = await Promise.all(
      ['a', 'b'].map(async (id) => startBaseBackup(EVENT, stage.context(id))),
    );
    expect(results).toContainEqual({ taskArn: taskArnOf(1) });
    expect(results).toContainEqual({ skipped: 'started' });
    expect(stage.ecs.requests).toHaveLength(1);
  });

  test('tells another to come again while it is at it', async () => {
    const stage = await runStage();
    const codes: string[] = [];
    const runner: TaskRunner = {
      tasks: async () => stage.ecs.tasks(),
      start: async (request) => {
        codes.push(await codeOf(startBaseBackup(EVENT, stage.context('b'))));
        return stage.ecs.start(request);
      },
    };
    await startBaseBackup(EVENT, stage.context('a', { runner }));
    expect(codes).toEqual(['BACKUP-BUSY']);
    expect(await startBaseBackup(EVENT, stage.context('b'))).toEqual({ skipped: 'started' });
    expect(stage.ecs.requests).toHaveLength(1);
  });

  test('leaves a claim to whoever made it while that one may be at work, and goes on after that', async () => {
    const stage = await runStage();
    const claim = { by: 'dead', at: stage.clock.now() };
    await putOnce(stage.store, keysOf(stage).claim, ClaimRecord, claim);
    stage.clock.advance(60_000);
    expect(await codeOf(startBaseBackup(EVENT, stage.context('b')))).toBe('BACKUP-BUSY');
    expect(stage.ecs.requests).toEqual([]);
    stage.clock.advance(60_000);
    expect(await startBaseBackup(EVENT, stage.context('b'))).toEqual({ taskArn: taskArnOf(1) });
  });

  test('goes on at once when it is its own claim that Lambda repeats', async () => {
    const stage = await runStage();
    stage.ecs.refusals.push(...Array.from({ length: 4 }, noRoom));
    expect(await codeOf(startBaseBackup(EVENT, stage.context('a')))).toBe('BACKUP-NOT-STARTED');
    expect(await startBaseBackup(EVENT, stage.context('a'))).toEqual({ taskArn: taskArnOf(1) });
  });

  test.each(['a', 'b'])(
    'finds the task of a starter that died before it recorded it, called again as %s',
    async (id) => {
      const stage = await runStage();
      const dead = startBaseBackup(EVENT, stage.context('a', { runner: fatal(stage) }));
      await expect(dead).rejects.toThrow('killed');
      expect(await startBaseBackup(EVENT, stage.context(id))).toEqual({ skipped: 'started' });
      const record = await getRecord(stage.store, keysOf(stage).task(1), TaskRecord);
      expect(record.taskArn).toBe(taskArnOf(1));
      expect(stage.ecs.requests).toHaveLength(1);
    },
  );

  test('asks for the same task when ECS lists none yet of the starter that died', async () => {
    const stage = await runStage();
    const dead = startBaseBackup(EVENT, stage.context('a', { runner: fatal(stage) }));
    await expect(dead).rejects.toThrow('killed');
    stage.ecs.found.splice(0);
    stage.clock.advance(120_000);
    expect(await startBaseBackup(EVENT, stage.context('b'))).toEqual({ taskArn: taskArnOf(1) });
    const [first, second] = stage.ecs.requests;
    expect(first?.clientToken).toBe(second?.clientToken);
  });

  test('starts nothing for a task that was judged before its start was recorded', async () => {
    const stage = await runStage();
    const claim = { by: 'dead', at: stage.clock.now() };
    await putOnce(stage.store, keysOf(stage).claim, ClaimRecord, claim);
    await putOnce(stage.store, keysOf(stage).outcome(1), OutcomeRecord, {
      taskArn: taskArnOf(9),
      verdict: 'not-started',
      reason: 'no image',
      isRetried: true,
      by: 'judge',
      at: stage.clock.now(),
    });
    stage.clock.advance(120_000);
    expect(await startBaseBackup(EVENT, stage.context('b'))).toEqual({ skipped: 'judged' });
    expect(stage.ecs.requests).toEqual([]);
  });

  test('is busy while a base backup holds its lease, whoever takes it', async () => {
    const stage = await runStage();
    const key = stage.lineage.keys.lease(BACKUP_LEASE);
    const holder = { name: 'db-1 (4711)', ttlMs: 60_000, clock: fakeClock(DUE) };
    const refusal = await withLease(stage.store, key, holder, async () =>
      refusalOf(startBaseBackup(EVENT, stage.context('a'))),
    );
    expect(refusal).toMatchObject({
      code: 'BACKUP-BUSY',
      message: expect.stringContaining('db-1 (4711)'),
    });
    expect(await startBaseBackup(EVENT, stage.context('a'))).toMatchObject({
      taskArn: taskArnOf(1),
    });
  });

  test('is busy while the task of another occurrence runs, and not when it has stopped', async () => {
    const stage = await runStage();
    const startedBy = 'holdfast/base-backup/20261130T010000Z/1';
    stage.ecs.found.push({ taskArn: taskArnOf('old'), startedBy, isStopped: false });
    expect(await codeOf(startBaseBackup(EVENT, stage.context('a')))).toBe('BACKUP-BUSY');
    stage.ecs.stopAll();
    expect(await startBaseBackup(EVENT, stage.context('a'))).toEqual({ taskArn: taskArnOf(1) });
  });

  test('refuses while archiving stands, and goes on with its claim once it works', async () => {
    const stage = await runStage();
    stage.metrics.set(Metric.ARCHIVE_LAG_SEC, 4_000);
    expect(await codeOf(startBaseBackup(EVENT, stage.context('a')))).toBe('BACKUP-ARCHIVING');
    expect(stage.ecs.requests).toEqual([]);
    stage.metrics.set(Metric.ARCHIVE_LAG_SEC, 4);
    stage.clock.advance(60_000);
    expect(await startBaseBackup(EVENT, stage.context('a'))).toEqual({ taskArn: taskArnOf(1) });
  });

  test('refuses on a volume without room', async () => {
    const stage = await runStage();
    stage.metrics.set(Metric.DATA_VOLUME_FREE_PERCENT, 2);
    expect(await codeOf(startBaseBackup(EVENT, stage.context('a')))).toBe('BACKUP-ROOM');
  });

  test('leaves spot capacity that has no room, with the same token', async () => {
    const stage = await runStage();
    stage.ecs.refusals.push(...Array.from({ length: 3 }, noRoom));
    expect(await startBaseBackup(EVENT, stage.context('a'))).toEqual({ taskArn: taskArnOf(1) });
    expect(stage.ecs.requests.map(({ capacityProvider }) => capacityProvider)).toEqual([
      'FARGATE_SPOT',
      'FARGATE_SPOT',
      'FARGATE_SPOT',
      'FARGATE',
    ]);
    expect(new Set(stage.ecs.requests.map(({ clientToken }) => clientToken)).size).toBe(1);
    expect(stage.lines.at(-1)?.fields).toMatchObject({ provider: 'FARGATE' });
  });

  test('gives up in time when there is no room anywhere, and says why', async () => {
    const stage = await runStage();
    stage.ecs.refusals.push(...Array.from({ length: 9 }, noRoom));
    const refusal = await refusalOf(startBaseBackup(EVENT, stage.context('a')));
    expect(refusal).toMatchObject({
      code: 'BACKUP-NOT-STARTED',
      retryable: true,
      message: expect.stringContaining('Capacity is unavailable'),
    });
    expect(stage.clock.elapsedMs()).toBeLessThan(90_000);
  });

  test('says so when the store knows no such cluster', async () => {
    const stage = await runStage();
    const context = { ...stage.context('a'), cluster: 'invoices' };
    expect(await codeOf(startBaseBackup(EVENT, context))).toBe('CATALOG-CLUSTER');
  });

  test('passes on what ECS refuses for good', async () => {
    const stage = await runStage();
    const denied = new OpsError('AWS-DENIED', 'not allowed');
    const runner: TaskRunner = { ...fatal(stage), start: async () => Promise.reject(denied) };
    expect(await codeOf(startBaseBackup(EVENT, stage.context('a', { runner })))).toBe('AWS-DENIED');
  });
});

function noRoom(): { readonly refusal: 'no-room'; readonly reason: string } {
  return { refusal: 'no-room', reason: 'Capacity is unavailable at this time' };
}
