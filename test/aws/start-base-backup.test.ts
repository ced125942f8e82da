import { expect, test, vi } from 'vitest';
import { handler } from '../../functions/start-base-backup/handler.ts';
import { putOnce } from '../../lib/core/runs/put-once.ts';
import { ClaimRecord, TaskRecord } from '../../lib/core/runs/run-records.ts';
import { getRecord } from '../../lib/core/store/record.ts';
import { captureLines } from '../support/captured-lines.ts';
import { describeAws } from './control-plane.ts';
import {
  deployFunctions,
  dueNow,
  HEALTHY,
  invocation,
  runKeys,
  runUnrecorded,
} from './function-stage.ts';

describeAws('start-base-backup', () => {
  test('starts one task, tells it what it runs for, and records it', async () => {
    captureLines();
    const stage = await deployFunctions();
    await stage.publish(HEALTHY);
    const due = dueNow();
    await handler(due.event, invocation('a'));
    const [taskArn = '', ...others] = await stage.tasksOf(due.first);
    expect(others).toEqual([]);
    expect(await stage.stopped(taskArn)).toMatchObject({
      taskDefinitionArn: stage.taskDefinition,
      overrides: {
        containerOverrides: [
          {
            name: 'task',
            environment: [
              { name: 'HOLDFAST_OCCURRENCE', value: due.occurrence },
              { name: 'HOLDFAST_ATTEMPT', value: '1' },
            ],
          },
        ],
      },
    });
    const keys = runKeys(stage, due);
    expect((await getRecord(stage.store, keys.task(1), TaskRecord)).taskArn).toBe(taskArn);
    expect((await getRecord(stage.store, keys.claim, ClaimRecord)).by).toBe('a');
  });

  test('starts one task when two are sent the same occurrence at once', async () => {
    captureLines();
    const stage = await deployFunctions();
    await stage.publish(HEALTHY);
    const { event, first } = dueNow();
    const both = await Promise.allSettled(
      ['a', 'b'].map(async (id) => handler(event, invocation(id))),
    );
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const id of ['a', 'b']) {
      expect(await handler(event, invocation(id))).toEqual({ skipped: 'started' });
    }
    expect(await stage.tasksOf(first)).toHaveLength(1);
  });

  test('goes on in the place of a starter that died before it asked ECS', async () => {
    captureLines();
    const stage = await deployFunctions();
    await stage.publish(HEALTHY);
    const due = dueNow();
    const claim = { by: 'dead', at: new Date(Date.now() - 91_000) };
    await putOnce(stage.store, runKeys(stage, due).claim, ClaimRecord, claim);
    await handler(due.event, invocation('b'));
    expect(await stage.tasksOf(due.first)).toHaveLength(1);
  });

  test('finds the task of a starter that died before it recorded it', async () => {
    captureLines();
    const stage = await deployFunctions();
    const due = dueNow();
    const keys = runKeys(stage, due);
    await putOnce(stage.store, keys.claim, ClaimRecord, { by: 'dead', at: new Date() });
    const taskArn = await runUnrecorded(due.first);
    expect(await handler(due.event, invocation('b'))).toEqual({ skipped: 'started' });
    expect((await getRecord(stage.store, keys.task(1), TaskRecord)).taskArn).toBe(taskArn);
  });

  test('goes on with its own claim after ECS refused it', async () => {
    const lines = captureLines();
    const stage = await deployFunctions();
    await stage.publish(HEALTHY);
    const { event, first } = dueNow();
    vi.stubEnv('HOLDFAST_TASK_DEFINITION', stage.taskDefinition.replace(/\d+$/, '99'));
    await expect(handler(event, invocation('a'))).rejects.toMatchObject({
      code: expect.stringMatching(/^AWS-/),
    });
    vi.stubEnv('HOLDFAST_TASK_DEFINITION', stage.taskDefinition);
    await handler(event, invocation('a'));
    expect(await stage.tasksOf(first)).toHaveLength(1);
    expect(lines.logged('run.claimed')).toHaveLength(1);
  });

  test.each([
    ['the agent is silent', HEALTHY, 11, 'BACKUP-ARCHIVING'],
    ['archiving lags', { ...HEALTHY, ArchiveLagSec: 301 }, 1, 'BACKUP-ARCHIVING'],
    ['the volume is full', { ...HEALTHY, DataVolumeFreePercent: 4 }, 1, 'BACKUP-ROOM'],
  ])('refuses while %s', async (_, values, minutesAgo, code) => {
    captureLines();
    const stage = await deployFunctions();
    await stage.publish(values, minutesAgo);
    const { event, first } = dueNow();
    await expect(handler(event, invocation('a'))).rejects.toMatchObject({ code });
    expect(await stage.tasksOf(first)).toEqual([]);
  });

  test('goes by the newest of several values', async () => {
    captureLines();
    const stage = await deployFunctions();
    await stage.publish({ ...HEALTHY, ArchiveLagSec: 4_000 }, 5);
    await stage.publish(HEALTHY, 2);
    expect(await handler(dueNow().event, invocation('a'))).toHaveProperty('taskArn');
  });

  test('is busy while the task of the occurrence before runs, until it has stopped', async () => {
    captureLines();
    const stage = await deployFunctions();
    await stage.publish(HEALTHY);
    const other = await runUnrecorded('holdfast/base-backup/20261101T010000Z/1');
    const { event } = dueNow();
    await expect(handler(event, invocation('a'))).rejects.toMatchObject({ code: 'BACKUP-BUSY' });
    await stage.stopped(other);
    expect(await handler(event, invocation('a'))).toHaveProperty('taskArn');
  });
});
