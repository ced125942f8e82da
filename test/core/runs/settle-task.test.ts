import { describe, expect, test } from 'vitest';
import type { TaskRunner } from '../../../lib/core/ports/task-runner.ts';
import { putOnce } from '../../../lib/core/runs/put-once.ts';
import { OutcomeRecord, TaskRecord } from '../../../lib/core/runs/run-records.ts';
import { settleTask } from '../../../lib/core/runs/settle-task.ts';
import { ScheduledBackup, startBaseBackup } from '../../../lib/core/runs/start-base-backup.ts';
import { getRecord } from '../../../lib/core/store/record.ts';
import { listKeys } from '../../contract/store-helpers.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { putSegment, segment } from '../../support/wal-fixture.ts';
import { after, OCCURRENCE, runStage, type RunStage, stoppedTask, taskArnOf } from './run-stage.ts';

const EVENT = ScheduledBackup.parse({ scheduledTime: '2026-12-01T01:00:00Z', kind: 'base-backup' });
const FIRST = taskArnOf(1);
const SECOND = taskArnOf(2);

/** A stage on which the task of {@link EVENT} was started. */
async function startedStage(): Promise<RunStage> {
  const stage = await runStage();
  await startBaseBackup(EVENT, stage.context('starter'));
  stage.ecs.stopAll();
  stage.clock.advance(31 * 60_000);
  stage.lines.splice(0);
  return stage;
}

/** Stores a backup that took the minute before `finishedAt`, and its WAL. */
async function storeBackup(stage: RunStage, start: number, finishedAt: Date): Promise<string> {
  await putSegment(stage.store, stage.lineage, segment(start));
  const { id } = await putBackup(stage.store, stage.lineage, { start, finishedAt });
  return id;
}

async function outcomeOf({ store, lineage }: RunStage, attempt = 1): Promise<OutcomeRecord> {
  return getRecord(
    store,
    lineage.keys.run('base-backup', OCCURRENCE).outcome(attempt),
    OutcomeRecord,
  );
}

async function recordedTask({ store, lineage }: RunStage, attempt: number): Promise<string> {
  const key = lineage.keys.run('base-backup', OCCURRENCE).task(attempt);
  return (await getRecord(store, key, TaskRecord)).taskArn;
}

describe('settleTask', () => {
  test('counts a task that made a restorable backup as a success, and says how large it is', async () => {
    const stage = await startedStage();
    await storeBackup(stage, 2, after(-1_440));
    const id = await storeBackup(stage, 9, after(20));
    const task = stoppedTask(1, { taskArn: FIRST });
    expect(await settleTask(task, stage.context('judge'))).toEqual({
      verdict: 'succeeded',
      isRetried: false,
    });
    expect(await outcomeOf(stage)).toMatchObject({ taskArn: FIRST, backup: { id }, exitCode: 0 });
    expect(stage.sent).toEqual([
      ['BackupSucceeded', 1],
      ['BackupDurationSec', 28 * 60],
      ['BackupBytes', expect.any(Number)],
      ['BackupSizePercent', expect.closeTo(100, 0)],
    ]);
    expect(stage.lines).toMatchObject([
      {
        level: 'info',
        event: 'run.judged',
        fields: {
          verdict: 'succeeded',
          backup_id: id,
          occurrence: OCCURRENCE,
          task_log: expect.stringContaining('$252Fholdfast$252Fprod$252Forders'),
        },
      },
    ]);
    expect(stage.ecs.requests).toHaveLength(1);
  });

  test('tries again, on plain capacity, when exit 0 left no restorable backup', async () => {
    const stage = await startedStage();
    await storeBackup(stage, 2, after(-1_440));
    await putBackup(stage.store, stage.lineage, { start: 9, finishedAt: after(20) });
    await settleTask(stoppedTask(1, { taskArn: FIRST }), stage.context('judge'));
    expect(await outcomeOf(stage)).toMatchObject({
      verdict: 'failed',
      errorCode: 'BACKUP-FAILED',
      isRetried: true,
    });
    expect(stage.ecs.requests[1]).toMatchObject({
      capacityProvider: 'FARGATE',
      startedBy: `holdfast/base-backup/${OCCURRENCE}/2`,
      environment: { HOLDFAST_ATTEMPT: '2' },
    });
    expect(await recordedTask(stage, 2)).toBe(SECOND);
    expect(stage.sent).toEqual([['BackupRetried', 1]]);
    expect(stage.lines.at(-1)).toMatchObject({ level: 'warn', event: 'run.judged' });
  });

  test('does not try again what no second task would change', async () => {
    const stage = await startedStage();
    const task = stoppedTask(1, { taskArn: FIRST, exitCode: 98 });
    expect(await settleTask(task, stage.context('judge'))).toMatchObject({ isRetried: false });
    expect(stage.sent).toEqual([['BackupFailed', 1]]);
    expect(stage.lines).toMatchObject([
      { level: 'error', fields: { error_code: 'PG-SETTINGS', exit_code: 98, verdict: 'failed' } },
    ]);
    expect(stage.ecs.requests).toHaveLength(1);
  });

  test('does not try a third time', async () => {
    const stage = await startedStage();
    const lost = { exitCode: undefined, startedAt: undefined, stopCode: 'TaskFailedToStart' };
    await settleTask(stoppedTask(1, { taskArn: FIRST, ...lost }), stage.context('a'));
    await settleTask(stoppedTask(2, { taskArn: SECOND, ...lost }), stage.context('b'));
    expect(stage.ecs.requests).toHaveLength(2);
    expect(await outcomeOf(stage, 2)).toMatchObject({ verdict: 'not-started', isRetried: false });
    expect(stage.sent).toEqual([
      ['TaskNotStarted', 1],
      ['BackupRetried', 1],
      ['TaskNotStarted', 1],
      ['BackupFailed', 1],
    ]);
  });

  test('judges a task whose start is recorded later', async () => {
    const stage = await runStage();
    const runner: TaskRunner = {
      tasks: async () => stage.ecs.tasks(),
      start: async (request) => {
        const answer = await stage.ecs.start(request);
        const task = stoppedTask(1, { taskArn: FIRST, exitCode: 72 });
        await settleTask(task, stage.context('judge'));
        return answer;
      },
    };
    await startBaseBackup(EVENT, stage.context('starter', { runner }));
    expect(await outcomeOf(stage)).toMatchObject({ verdict: 'failed', isRetried: true });
    expect(await recordedTask(stage, 1)).toBe(FIRST);
    expect(await recordedTask(stage, 2)).toBe(SECOND);
  });

  test.each([
    ['before', [FIRST, 'arn:other']],
    ['after', ['arn:other', FIRST]],
  ])('only logs another task of the same attempt, %s its own', async (_, [one = '', two = '']) => {
    const stage = await startedStage();
    for (const taskArn of [one, two]) {
      await settleTask(stoppedTask(1, { taskArn, exitCode: 98 }), stage.context('judge'));
    }
    expect((await outcomeOf(stage)).taskArn).toBe(FIRST);
    expect(stage.lines).toContainEqual(
      expect.objectContaining({
        event: 'run.skipped',
        fields: expect.objectContaining({ reason: 'other-task', task_arn: 'arn:other' }),
      }),
    );
    expect(stage.sent).toEqual([['BackupFailed', 1]]);
  });

  test.each([
    ['that somebody else started', { startedBy: 'ecs-svc/1' }],
    ['that nobody is named for', { startedBy: undefined }],
    ['of another cluster', { taskDefinitionArn: 'arn:aws:ecs:r:1:task-definition/prod-other:1' }],
  ])('ignores a task %s', async (_, given) => {
    const stage = await startedStage();
    const keys = await listKeys(stage.store, '');
    const task = stoppedTask(1, { taskArn: FIRST, exitCode: 72, ...given });
    expect(await settleTask(task, stage.context('judge'))).toEqual({ skipped: 'not-ours' });
    expect(await listKeys(stage.store, '')).toEqual(keys);
    expect(stage.sent).toEqual([]);
  });

  test('starts one retry when two judge at once, and tells of it once', async () => {
    const stage = await startedStage();
    const task = stoppedTask(1, { taskArn: FIRST, exitCode: 121 });
    const both = await Promise.all(
      ['a', 'b'].map(async (id) => settleTask(task, stage.context(id))),
    );
    expect(both).toContainEqual({ verdict: 'interrupted', isRetried: true });
    expect(both).toContainEqual({ skipped: 'busy' });
    expect(stage.ecs.requests).toHaveLength(2);
    expect(stage.sent).toEqual([['BackupRetried', 1]]);
  });

  test.each([
    ['Lambda repeats its call', 'a', 0],
    ['the event is repeated later', 'b', 120_000],
  ])(
    'makes good what a judge left undone that died before the retry, when %s',
    async (_, id, ms) => {
      const stage = await startedStage();
      const task = stoppedTask(1, { taskArn: FIRST, exitCode: 121 });
      const runner: TaskRunner = {
        tasks: async () => stage.ecs.tasks(),
        start: async () => Promise.reject(new Error('killed')),
      };
      await expect(settleTask(task, stage.context('a', { runner }))).rejects.toThrow('killed');
      expect(stage.sent).toEqual([]);
      stage.clock.advance(ms);
      await settleTask(task, stage.context(id));
      expect(stage.ecs.requests).toHaveLength(2);
      expect(stage.sent).toEqual([['BackupRetried', 1]]);
      stage.clock.advance(120_000);
      expect(await settleTask(task, stage.context('c'))).toEqual({ skipped: 'judged' });
      expect(stage.ecs.requests).toHaveLength(2);
    },
  );

  test('does not start a retry that ECS knows and the store does not', async () => {
    const stage = await startedStage();
    const startedBy = `holdfast/base-backup/${OCCURRENCE}/2`;
    stage.ecs.found.push({ taskArn: SECOND, startedBy, isStopped: true });
    const task = stoppedTask(1, { taskArn: FIRST, exitCode: 121 });
    await settleTask(task, stage.context('a'));
    expect(stage.ecs.requests).toHaveLength(1);
    expect(await recordedTask(stage, 2)).toBe(SECOND);
  });

  test('fails itself only when it cannot start the retry', async () => {
    const stage = await startedStage();
    const full = { refusal: 'no-room', reason: 'Capacity is unavailable' } as const;
    stage.ecs.refusals.push(full, full, full, full);
    const task = stoppedTask(1, { taskArn: FIRST, exitCode: 121 });
    await expect(settleTask(task, stage.context('a'))).rejects.toMatchObject({
      code: 'BACKUP-NOT-STARTED',
    });
  });

  test('reads an outcome that stands rather than to judge anew', async () => {
    const stage = await startedStage();
    const key = stage.lineage.keys.run('base-backup', OCCURRENCE).outcome(1);
    await putOnce(stage.store, key, OutcomeRecord, {
      taskArn: FIRST,
      verdict: 'failed',
      reason: 'as it was',
      errorCode: 'PG-SETTINGS',
      isRetried: false,
      by: 'a',
      at: stage.clock.now(),
    });
    await storeBackup(stage, 9, after(20));
    stage.clock.advance(120_000);
    const task = stoppedTask(1, { taskArn: FIRST });
    expect(await settleTask(task, stage.context('b'))).toEqual({ skipped: 'judged' });
    expect((await outcomeOf(stage)).verdict).toBe('failed');
  });
});
