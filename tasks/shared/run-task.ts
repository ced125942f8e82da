import type { z } from 'zod';
import type { TelemetrySubject } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { Event } from '../../lib/core/contract/events.ts';
import type { MetricName } from '../../lib/core/contract/metrics.ts';
import { type Environment, loadConfig } from '../../lib/core/config/load-config.ts';
import { failureFields } from '../../lib/core/errors/failure-fields.ts';
import { OpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import type { Log, LogFields } from '../../lib/core/ports/log.ts';
import type { Telemetry } from '../../lib/core/ports/telemetry.ts';
import { startHeartbeat, type TaskProgress } from './heartbeat.ts';

/** One kind of task. */
export interface Task<C extends z.ZodType<TelemetrySubject>> {
  /** `base-backup`, for instance. */
  readonly name: string;
  readonly config: C;
  /** How long it has been running; sent every minute. */
  readonly elapsedMetric: MetricName;
  /** Does the work; what it returns is logged. Aborted by SIGTERM, with `ABORTED` as the reason. */
  readonly run: (config: z.output<C>, context: TaskContext) => Promise<LogFields>;
}

/** What a task is given besides its configuration. */
export interface TaskContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Says how far the task is, as often as it likes: its log and metrics tell it every minute. */
  readonly report: (progress: TaskProgress) => void;
}

/** What the process gives: injected, so that tests run a task without a process of its own. */
export interface TaskProcess {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: (subject: TelemetrySubject) => Telemetry;
  /** Calls `stop` at each SIGTERM and SIGINT, until it is disposed of. */
  readonly onStop: (stop: (signalName: string) => void) => Disposable;
  /** Ends the process at once. */
  readonly exit: (status: number) => void;
}

/**
 * Runs a task to its end and logs exactly one line about how it ended. A second signal to stop ends
 * the process at once, with that line.
 *
 * @returns the exit status: 0, or the error's own, 25–125. The process is not ended: logs drain.
 */
export async function runTask<C extends z.ZodType<TelemetrySubject>>(
  task: Task<C>,
  io: TaskProcess,
): Promise<number> {
  const { name, elapsedMetric } = task;
  const { clock, log } = io;
  const stopping = new AbortController();
  const { signal } = stopping;
  using _stop = io.onStop((signalName) => {
    if (signal.aborted) io.exit(logFailure(name, signal.reason, log));
    stopping.abort(
      new OpsError('ABORTED', `ended by ${signalName}`, {
        hint: 'the platform took the task back, which is tried once more by itself, or somebody stopped it, which is not',
      }),
    );
  });
  try {
    const config = loadConfig(task.config, io.env);
    const telemetry = io.telemetry(config);
    await using heartbeat = startHeartbeat({ task: name, elapsedMetric, clock, log, telemetry });
    const { report } = heartbeat;
    const result = await task.run(config, { clock, log, signal, report });
    log.info(Event.TASK_COMPLETED, { task: name, ...result });
    return 0;
  } catch (error) {
    return logFailure(name, error, log);
  }
}

/** Logs how a task failed, and gives its exit status. */
export function logFailure(task: string, cause: unknown, log: Log): number {
  const error = toOpsError(cause);
  // Nobody foresaw it, so nothing else tells where it came from.
  const stack = error.code === 'INTERNAL' && cause instanceof Error ? cause.stack : undefined;
  log.error(Event.TASK_FAILED, { task, ...failureFields(error), stack });
  return error.exitCode;
}
