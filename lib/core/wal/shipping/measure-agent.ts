import { Event } from '../../contract/events.ts';
import { failureFields } from '../../errors/failure-fields.ts';
import { toOpsError } from '../../errors/ops-error.ts';
import type { Memory } from '../../ports/memory.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { Volume } from '../../ports/volume.ts';
import {
  agentMetrics,
  type Backlog,
  secondsBetween,
  untilMidMinuteMs,
  waitingFiles,
} from './agent-metrics.ts';
import type { ShippingDeps } from './open-shipment.ts';

/** What an agent is measured by, and where that goes. */
export interface AgentMeasures {
  readonly telemetry: Telemetry;
  /** Of the data directory. */
  readonly volume: Volume;
  /** Of the machine. @default - not measured */
  readonly memory?: Memory;
}

/** Measures until it is disposed of. */
export interface AgentMeter extends AsyncDisposable {
  /** The shipping loop went round, and knows these files to be in the store. */
  wentRound(durable: ReadonlySet<string>): void;
}

/**
 * Tells every minute whether an agent ships, and how far PostgreSQL is ahead of it. What waits is
 * read from PostgreSQL's own marks, so that the lag grows also while nothing can be shipped at all.
 * What cannot be measured is left out with a warning: shipping goes on.
 */
export function startMeasuring(
  { wal, clock, log, cluster }: Pick<ShippingDeps, 'wal' | 'clock' | 'log' | 'cluster'>,
  { telemetry, volume, memory }: AgentMeasures,
): AgentMeter {
  const ended = new AbortController();
  const call = { signal: ended.signal };
  let isShipping = false;
  let durable: ReadonlySet<string> = new Set();
  const measuring = keepMeasuring();
  return {
    wentRound: (names) => {
      isShipping = true;
      durable = names;
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await measuring;
    },
  };

  async function keepMeasuring(): Promise<void> {
    while (await pause()) await measure();
  }

  async function pause(): Promise<boolean> {
    try {
      await clock.sleep(untilMidMinuteMs(clock.now()), ended.signal);
      return true;
    } catch {
      return false;
    }
  }

  async function measure(): Promise<void> {
    const wasShipping = isShipping;
    isShipping = false;
    const backlog = await attempt('the backlog', readBacklog);
    const freePercent = await attempt('the volume', async () => volume.freePercent(call));
    const memoryPercent = await attempt('the memory', async () => memory?.availablePercent(call));
    await attempt('the agent', async () => {
      const sample = { isShipping: wasShipping, backlog, freePercent, memoryPercent };
      for (const [name, value] of agentMetrics(sample)) telemetry.add(name, value);
      telemetry.flush();
    });
  }

  async function readBacklog(): Promise<Backlog> {
    const names = waitingFiles(await wal.ready(call), durable);
    for (const name of names) {
      const since = await wal.readySince(name, call);
      // Archived by now: the next one is the oldest.
      if (since !== undefined) return { names, lagSec: secondsBetween(since, clock.now()) };
    }
    return { names: [], lagSec: 0 };
  }

  async function attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const fields = failureFields(toOpsError(error));
      if (!ended.signal.aborted) log.warn(Event.AGENT_NOT_MEASURED, { cluster, what, ...fields });
      return undefined;
    }
  }
}
