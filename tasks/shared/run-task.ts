import type { z } from 'zod';
import { Event } from '../../lib/core/contract/events.ts';
import { type Environment, loadConfig } from '../../lib/core/config/load-config.ts';
import { OpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import type { Log } from '../../lib/core/ports/log.ts';

/** One kind of task. */
export interface Task<C extends z.ZodType> {
  /** `base-backup`, for instance. */
  readonly name: string;
  readonly config: C;
  /** Does the work; what it returns is logged. Aborted by SIGTERM, with `ABORTED` as the reason. */
  readonly run: (
    config: z.output<C>,
    context: TaskContext,
  ) => Promise<Readonly<Record<string, string | number>>>;
}

/** What a task is given besides its configuration. */
export interface TaskContext {
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What the process gives: injected, so that tests run a task without a process of its own. */
export interface TaskProcess {
  readonly env: Environment;
  readonly log: Log;
  /** Calls `stop` at each SIGTERM and SIGINT, until it is disposed of. */
  readonly onStop: (stop: (signalName: string) => void) => Disposable;
}

/**
 * Runs a task to its end and logs exactly one line about how it ended.
 *
 * @returns the exit status: 0, or the error's own, 25–125. Never ends the process: logs drain.
 */
export async function runTask<C extends z.ZodType>(
  task: Task<C>,
  { env, log, onStop }: TaskProcess,
): Promise<number> {
  const stopping = new AbortController();
  using _stop = onStop((name) => {
    stopping.abort(
      new OpsError('ABORTED', `ended by ${name}`, {
        hint: 'the platform took the task back, or somebody stopped it: the judge tries it once more',
      }),
    );
  });
  try {
    const config = loadConfig(task.config, env);
    const result = await task.run(config, { log, signal: stopping.signal });
    log.info(Event.TASK_COMPLETED, { task: task.name, ...result });
    return 0;
  } catch (error) {
    const { code, message, hint, exitCode } = toOpsError(error);
    log.error(Event.TASK_FAILED, { task: task.name, error_code: code, error: message, hint });
    return exitCode;
  }
}
