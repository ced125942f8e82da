import { Event } from '../../contract/events.ts';
import { failureFields } from '../../errors/failure-fields.ts';
import { toOpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { PoolerConsole } from '../../ports/pooler-console.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { untilMidMinuteMs } from '../../wal/shipping/agent-metrics.ts';
import { poolMetrics } from './pool-metrics.ts';

/** Which pooler is measured, and where that goes. */
export interface PoolerMeasures {
  readonly console: PoolerConsole;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Tells at once and then every minute how a pooler's clients share its connections. Of a pooler that
 * cannot be asked nothing is told, with a warning; the alarm takes silence for the worst.
 *
 * @returns once `stop` is aborted.
 */
export async function measurePooler(
  { console, telemetry, clock, log }: PoolerMeasures,
  stop: AbortSignal,
): Promise<void> {
  do await measure();
  while (await pause());

  async function measure(): Promise<void> {
    try {
      const pools = await console.pools({ signal: stop });
      for (const [name, value] of poolMetrics(pools)) telemetry.add(name, value);
      telemetry.flush();
    } catch (error) {
      if (!stop.aborted) log.warn(Event.POOLER_NOT_MEASURED, failureFields(toOpsError(error)));
    }
  }

  async function pause(): Promise<boolean> {
    try {
      await clock.sleep(untilMidMinuteMs(clock.now()), stop);
      return true;
    } catch {
      return false;
    }
  }
}
