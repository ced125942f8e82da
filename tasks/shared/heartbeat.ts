import { Event } from '../../lib/core/contract/events.ts';
import type { MetricName } from '../../lib/core/contract/metrics.ts';
import { failureFields } from '../../lib/core/errors/failure-fields.ts';
import { toOpsError } from '../../lib/core/errors/ops-error.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import type { Log, LogFields } from '../../lib/core/ports/log.ts';
import type { Telemetry } from '../../lib/core/ports/telemetry.ts';

/** How far a task is, in its own words. */
export interface TaskProgress {
  /** For the line in the log. */
  readonly fields: LogFields;
  readonly metrics: readonly (readonly [name: MetricName, value: number])[];
}

/** Whose heartbeat it is, and where it goes. */
export interface HeartbeatOptions {
  readonly task: string;
  /** The metric of how long the task has been running. */
  readonly elapsedMetric: MetricName;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
}

/** Beats until it is disposed of. */
export interface Heartbeat extends AsyncDisposable {
  /** Takes note of how far the task is; the last note is what the next beat tells. */
  readonly report: (progress: TaskProgress) => void;
}

const BEAT_EVERY_MS = 60_000;

/** Says every minute that a task is running, and how far it is: in its log and as metrics. */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { task, elapsedMetric, clock, log, telemetry } = options;
  const startedMs = clock.elapsedMs();
  const ended = new AbortController();
  let progress: TaskProgress = { fields: {}, metrics: [] };
  const beating = keepBeating();
  return {
    report: (next) => {
      progress = next;
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await beating;
    },
  };

  async function keepBeating(): Promise<void> {
    while (await pause()) beat();
  }

  function beat(): void {
    const elapsedSec = Math.round((clock.elapsedMs() - startedMs) / 1_000);
    log.info(Event.TASK_PROGRESS, { task, elapsed_sec: elapsedSec, ...progress.fields });
    try {
      telemetry.add(elapsedMetric, elapsedSec);
      for (const [name, value] of progress.metrics) telemetry.add(name, value);
      telemetry.flush();
    } catch (error) {
      // A task is not worth less because nobody could be told of it.
      log.warn(Event.TASK_NOT_MEASURED, { task, ...failureFields(toOpsError(error)) });
    }
  }

  async function pause(): Promise<boolean> {
    try {
      await clock.sleep(BEAT_EVERY_MS, ended.signal);
      return true;
    } catch {
      return false;
    }
  }
}
