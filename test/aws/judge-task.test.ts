import { expect, test, vi } from 'vitest';
import { handler } from '../../functions/judge-task/handler.ts';
import { handler as startBackup } from '../../functions/start-base-backup/handler.ts';
import { putOnce } from '../../lib/core/runs/put-once.ts';
import { ClaimRecord, OutcomeRecord, TaskRecord } from '../../lib/core/runs/run-records.ts';
import { getRecord } from '../../lib/core/store/record.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { captureLines } from '../support/captured-lines.ts';
import { putSegment, segment } from '../support/wal-fixture.ts';
import { describeAws } from './control-plane.ts';
import {
  deployFunctions,
  type Due,
  dueNow,
  type FunctionStage,
  HEALTHY,
  invocation,
  runKeys,
  runUnrecorded,
} from './function-stage.ts';

/** A healthy cluster, whose occurrence has a task. */
async function startedBackup(): Promise<{
  readonly stage: FunctionStage;
  readonly due: Due;
  readonly taskArn: string;
}> {
  const stage = await deployFunctions();
  await stage.publish(HEALTHY);
  const due = dueNow();
  await startBackup(due.event, invocation('starter'));
  const [taskArn = ''] = await stage.tasksOf(due.first);
  return { stage, due, taskArn };
}

/** The event about a task that the server calls stopped, as if it had run for a minute and a half. */
async function stopEvent(stage: FunctionStage, taskArn: string, exitCode: number): Promise<object> {
  const { startedBy, taskDefinitionArn, lastStatus } = await stage.stopped(taskArn);
  const before = (sec: number): string => new Date(Date.now() - sec * 1_000).toISOString();
  return {
    source: 'aws.ecs',
    detail: {
      taskArn,
      startedBy,
      taskDefinitionArn,
      lastStatus,
      stopCode: 'EssentialContainerExited',
      createdAt: before(120),
      startedAt: before(90),
      stoppedAt: before(0),
      containers: [{ name: 'task', exitCode }],
    },
  };
}

describeAws('judge-task', () => {
  test('finds the backup that a task made, and counts it', async () => {
    const lines = captureLines();
    const { stage, due, taskArn } = await startedBackup();
    await putSegment(stage.store, stage.lineage, segment(2));
    const finishedAt = new Date(Date.now() - 1_000);
    const { id } = await putBackup(stage.store, stage.lineage, { start: 2, finishedAt });
    await handler(await stopEvent(stage, taskArn, 0), invocation('judge'));
    const key = runKeys(stage, due).outcome(1);
    expect(await getRecord(stage.store, key, OutcomeRecord)).toMatchObject({
      verdict: 'succeeded',
      backup: { id },
    });
    expect(lines.metrics()).toMatchObject({ BackupSucceeded: 1 });
    expect(await stage.tasksOf(due.retry)).toEqual([]);
  });

  test('starts one retry when two judge the same event at once', async () => {
    const lines = captureLines();
    const { stage, due, taskArn } = await startedBackup();
    const event = await stopEvent(stage, taskArn, 121);
    await Promise.all(['a', 'b'].map(async (id) => handler(event, invocation(id))));
    const retries = await stage.tasksOf(due.retry);
    expect(retries).toHaveLength(1);
    const key = runKeys(stage, due).task(2);
    expect((await getRecord(stage.store, key, TaskRecord)).taskArn).toBe(retries[0]);
    expect(lines.logged('run.judged')).toHaveLength(1);
    await handler(event, invocation('a'));
    await handler(await stopEvent(stage, retries[0] ?? '', 121), invocation('c'));
    expect(await stage.tasksOf(due.retry)).toHaveLength(1);
  });

  test('starts the retry when its call is repeated after ECS refused it', async () => {
    const lines = captureLines();
    const { stage, due, taskArn } = await startedBackup();
    const event = await stopEvent(stage, taskArn, 72);
    vi.stubEnv('HOLDFAST_TASK_DEFINITION', stage.taskDefinition.replace(/\d+$/, '99'));
    await expect(handler(event, invocation('a'))).rejects.toMatchObject({
      code: expect.stringMatching(/^AWS-/),
    });
    expect(lines.logged('run.judged')).toEqual([]);
    vi.stubEnv('HOLDFAST_TASK_DEFINITION', stage.taskDefinition);
    await handler(event, invocation('a'));
    expect(await stage.tasksOf(due.retry)).toHaveLength(1);
    expect(lines.logged('run.judged')).toMatchObject([{ error_code: 'BACKUP-FAILED' }]);
  });

  test('judges a task before its start is recorded, and the starter lets it be', async () => {
    captureLines();
    const stage = await deployFunctions();
    const due = dueNow();
    await putOnce(stage.store, runKeys(stage, due).claim, ClaimRecord, {
      by: 'starter',
      at: new Date(),
    });
    const taskArn = await runUnrecorded(due.first);
    await handler(await stopEvent(stage, taskArn, 101), invocation('judge'));
    expect(await startBackup(due.event, invocation('starter'))).toEqual({ skipped: 'judged' });
    expect(await stage.tasksOf(due.first)).toEqual([taskArn]);
    expect(await stage.tasksOf(due.retry)).toHaveLength(1);
  });
});
