import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../../lib/core/errors/codes.ts';
import {
  isWorthRetry,
  judgeTask as judge,
  type Verdict,
} from '../../../lib/core/runs/judge-task.ts';
import { KINDS_OF_WORK } from '../../../lib/core/runs/kinds-of-work.ts';
import type { StoppedTask } from '../../../lib/core/runs/stopped-task.ts';
import { stoppedTask, taskArnOf } from './run-stage.ts';

function task(given: Partial<StoppedTask> = {}): StoppedTask {
  return stoppedTask(1, { taskArn: taskArnOf(1), ...given });
}

function judgeTask(stopped: StoppedTask, hasBackup: boolean): Verdict {
  return judge(stopped, hasBackup, KINDS_OF_WORK['base-backup']);
}

const tasks = fc
  .record({
    exitCode: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
    hasStarted: fc.boolean(),
    stopCode: fc.option(
      fc.constantFrom(
        'TaskFailedToStart',
        'EssentialContainerExited',
        'SpotInterruption',
        'UserInitiated',
        'of a later year',
      ),
      { nil: undefined },
    ),
  })
  .map(({ exitCode, hasStarted, stopCode }) =>
    task({ exitCode, stopCode, ...(!hasStarted && { startedAt: undefined }) }),
  );

describe('judgeTask', () => {
  test('calls exit 0 a success only with a restorable backup', () => {
    expect(judgeTask(task(), true)).toMatchObject({ verdict: 'succeeded' });
    expect(judgeTask(task(), true).errorCode).toBeUndefined();
    expect(judgeTask(task(), false)).toMatchObject({
      verdict: 'failed',
      errorCode: 'BACKUP-FAILED',
      reason: expect.stringContaining('no restorable backup'),
    });
  });

  test.each([
    ['could not be started', { stopCode: 'TaskFailedToStart' }],
    ['never began', { startedAt: undefined, stopCode: undefined }],
  ])('calls a task that %s not started', (_, given) => {
    const stopped = task({ exitCode: undefined, ...given });
    expect(judgeTask(stopped, false)).toMatchObject({
      verdict: 'not-started',
      errorCode: 'BACKUP-NOT-STARTED',
    });
  });

  test.each([
    ['spot capacity was taken back', { stopCode: 'SpotInterruption', exitCode: 137 }],
    ['the platform retired its machine', { stopCode: 'ServiceSchedulerInitiated' }],
    ['the machine failed', { stopCode: 'InfrastructureHealth', exitCode: undefined }],
    ['it ended at SIGTERM', { exitCode: 121 }],
    ['its container was lost', { exitCode: undefined }],
  ])('calls a task interrupted when %s', (_, given) => {
    expect(judgeTask(task(given), false)).toMatchObject({
      verdict: 'interrupted',
      errorCode: 'ABORTED',
    });
  });

  test.each([143, undefined])(
    'has none take the place of a task that somebody stopped (%s)',
    (exitCode) => {
      const verdict = judgeTask(task({ stopCode: 'UserInitiated', exitCode }), false);
      expect(verdict).toMatchObject({ verdict: 'stopped', errorCode: 'ABORTED' });
      expect(isWorthRetry(verdict, 1)).toBe(false);
    },
  );

  test('calls a task that was taken back after its backup was complete a success', () => {
    expect(judgeTask(task({ stopCode: 'SpotInterruption' }), true).verdict).toBe('succeeded');
  });

  test.each(Object.keys(ERROR_CODES).filter((code) => code !== 'ABORTED') as ErrorCode[])(
    'gives the exit status of %s its code',
    (errorCode) => {
      const { exitCode, retryable } = ERROR_CODES[errorCode];
      const verdict = judgeTask(task({ exitCode }), false);
      expect(verdict).toMatchObject({ verdict: 'failed', errorCode });
      expect(isWorthRetry(verdict, 1)).toBe(retryable);
      expect(isWorthRetry(verdict, 2)).toBe(false);
    },
  );

  test.each([1, 137, 255])('calls exit status %i, which no code has, a fault', (exitCode) => {
    const verdict = judgeTask(task({ exitCode }), false);
    expect(verdict).toMatchObject({ verdict: 'failed', errorCode: 'INTERNAL' });
    expect(isWorthRetry(verdict, 1)).toBe(false);
  });

  test('says what the container said, else what ECS said', () => {
    const containerReason = 'OutOfMemoryError: Container killed due to memory usage';
    expect(judgeTask(task({ exitCode: 137, containerReason }), false).reason).toBe(containerReason);
    expect(judgeTask(task({ exitCode: 72 }), false).reason).toContain('Essential container');
  });

  test('succeeds exactly with exit 0 and a backup, and tries once more at most', () => {
    fc.assert(
      fc.property(tasks, fc.boolean(), (stopped, hasBackup) => {
        const verdict = judgeTask(stopped, hasBackup);
        const isSuccess = stopped.exitCode === 0 && hasBackup;
        expect(verdict.verdict === 'succeeded').toBe(isSuccess);
        expect(verdict.errorCode === undefined).toBe(isSuccess);
        expect(isWorthRetry(verdict, 2)).toBe(false);
        expect(isSuccess && isWorthRetry(verdict, 1)).toBe(false);
        const isContradiction = verdict.verdict === 'not-started' && stopped.exitCode !== undefined;
        expect(isContradiction).toBe(false);
      }),
    );
  });
});
