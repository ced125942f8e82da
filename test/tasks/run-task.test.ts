import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import { runTask, type Task } from '../../tasks/shared/run-task.ts';
import { fakeTaskProcess } from './task-process.ts';

const Config = z
  .object({ ENVIRONMENT: z.string(), CLUSTER: z.string() })
  .transform((env) => ({ environment: env.ENVIRONMENT, cluster: env.CLUSTER }));
const ENV = { ENVIRONMENT: 'prod', CLUSTER: 'orders' };
const MINUTE_MS = 60_000;

type Run = Task<typeof Config>['run'];

function task(run: Run): Task<typeof Config> {
  return { name: 'base-backup', config: Config, elapsedMetric: 'BackupElapsedSec', run };
}

/** Works until it is told to stop, and then ends with that reason. */
const untilStopped: Run = async (_config, { signal }) => {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
};

describe('runTask', () => {
  test('gives the task its configuration, logs what it returns once, and ends with 0', async () => {
    const { io, log, subjects } = fakeTaskProcess(ENV);
    const status = await runTask(
      task(async ({ cluster }) => ({ of: cluster, bytes: 42 })),
      io,
    );
    expect(status).toBe(0);
    expect(log.lines).toEqual([
      {
        level: 'info',
        event: 'task.completed',
        fields: { task: 'base-backup', of: 'orders', bytes: 42 },
      },
    ]);
    expect(subjects).toEqual([{ environment: 'prod', cluster: 'orders' }]);
  });

  test('fails when its configuration is incomplete, before the task begins', async () => {
    const { io, log } = fakeTaskProcess({ ENVIRONMENT: 'prod' });
    let began = false;
    const run: Run = async () => {
      began = true;
      return {};
    };
    expect(await runTask(task(run), io)).toBe(25);
    expect(began).toBe(false);
    expect(log.lines).toMatchObject([
      { event: 'task.failed', fields: { task: 'base-backup', error_code: 'CONFIG-INVALID' } },
    ]);
  });

  test('ends with the status of the error, and logs its code, hint and details once', async () => {
    const { io, log } = fakeTaskProcess(ENV);
    const failing = task(async () => {
      throw new OpsError('BACKUP-TIMEOUT', 'too late', {
        hint: 'look',
        details: { timeoutMs: 5 },
      });
    });
    expect(await runTask(failing, io)).toBe(71);
    expect(log.lines).toEqual([
      {
        level: 'error',
        event: 'task.failed',
        fields: {
          task: 'base-backup',
          error_code: 'BACKUP-TIMEOUT',
          error: 'too late',
          hint: 'look',
          timeout_ms: 5,
        },
      },
    ]);
  });

  test('ends with 122 for what nobody foresaw, and logs where it came from', async () => {
    const { io, log } = fakeTaskProcess(ENV);
    const failing = task(async () => {
      throw new TypeError('no such thing');
    });
    expect(await runTask(failing, io)).toBe(122);
    const [line] = log.lines;
    expect(line?.fields).toMatchObject({ error_code: 'INTERNAL', error: 'no such thing' });
    expect(line?.fields['stack']).toContain('run-task.test.ts');
  });

  test.each(['SIGTERM', 'SIGINT'])(
    'ends with 121 when the task is told to stop: %s',
    async (name) => {
      const { io, log, exits, signal } = fakeTaskProcess(ENV);
      const ended = runTask(task(untilStopped), io);
      signal(name);
      expect(await ended).toBe(121);
      expect(log.lines).toMatchObject([
        { event: 'task.failed', fields: { error_code: 'ABORTED', error: `ended by ${name}` } },
      ]);
      expect(exits).toEqual([]);
    },
  );

  test('ends the process at once, with its line, when it is told a second time', async () => {
    const { io, log, exits, signal } = fakeTaskProcess(ENV);
    const { promise: stuck, resolve } = Promise.withResolvers<void>();
    const ended = runTask(
      task(async () => {
        await stuck;
        return {};
      }),
      io,
    );
    signal('SIGTERM');
    expect(exits).toEqual([]);
    signal('SIGTERM');
    expect(exits).toEqual([121]);
    expect(log.lines).toMatchObject([
      { event: 'task.failed', fields: { error_code: 'ABORTED', error: 'ended by SIGTERM' } },
    ]);
    resolve();
    await ended;
  });

  test('listens to signals no longer than the task lives', async () => {
    const { io, signal } = fakeTaskProcess(ENV);
    await runTask(
      task(async () => ({})),
      io,
    );
    expect(signal('SIGTERM')).toBe(0);
  });
});

describe('the heartbeat of a task', () => {
  test('tells every minute how long it has been running and what it said last', async () => {
    const { io, log, telemetry, clock, signal } = fakeTaskProcess(ENV);
    const ended = runTask(
      task(async (config, context) => {
        for (const bytes of [1, 2, 3]) {
          const fields = { phase: 'copying', bytes };
          context.report({ fields, metrics: [['BackupCopiedBytes', bytes]] });
        }
        return untilStopped(config, context);
      }),
      io,
    );
    await clock.advance(MINUTE_MS - 1);
    expect(log.lines).toEqual([]);
    await clock.advance(MINUTE_MS + 1);
    expect(log.lines).toEqual(
      [60, 120].map((elapsed_sec) => ({
        level: 'info',
        event: 'task.progress',
        fields: { task: 'base-backup', elapsed_sec, phase: 'copying', bytes: 3 },
      })),
    );
    expect(telemetry.flushed).toEqual([
      { BackupElapsedSec: 60, BackupCopiedBytes: 3 },
      { BackupElapsedSec: 120, BackupCopiedBytes: 3 },
    ]);
    signal('SIGTERM');
    await ended;
  });

  test('goes on when a metric cannot be told, and lets the task go on', async () => {
    const { io, log, clock, signal } = fakeTaskProcess(ENV);
    const telemetry = {
      add: () => undefined,
      flush: () => {
        throw new Error('nobody reads');
      },
    };
    const ended = runTask(task(untilStopped), { ...io, telemetry: () => telemetry });
    await clock.advance(2 * MINUTE_MS);
    signal('SIGTERM');
    expect(await ended).toBe(121);
    const beat = ['task.progress', 'task.not_measured'];
    expect(log.events).toEqual([...beat, ...beat, 'task.failed']);
  });

  test('beats for a task that says nothing, and no more once it has ended', async () => {
    const { io, log, telemetry, clock, signal } = fakeTaskProcess(ENV);
    const ended = runTask(task(untilStopped), io);
    await clock.advance(MINUTE_MS);
    signal('SIGTERM');
    await ended;
    await clock.advance(10 * MINUTE_MS);
    expect(log.events).toEqual(['task.progress', 'task.failed']);
    expect(telemetry.flushed).toEqual([{ BackupElapsedSec: 60 }]);
  });
});
