import { Event } from '../../contract/events.ts';
import { failureFields } from '../../errors/failure-fields.ts';
import { toOpsError } from '../../errors/ops-error.ts';
import type { ClaimGrounds } from '../../store/writer-epoch.ts';
import { startBeating } from './beat.ts';
import { findOwedFiles, findUnmarked } from './catch-up.ts';
import { type AgentMeasures, startMeasuring } from './measure-agent.ts';
import { openShipment, type ShippingDeps } from './open-shipment.ts';
import { isOutage, restMs } from './rest.ts';
import { shipReadyFiles } from './ship-ready-files.ts';

/** How the agent runs. */
export interface AgentOptions {
  /** Most files in flight at once. */
  readonly parallel: number;
  /**
   * Why this server is the writer now although another was.
   *
   * @default - only the standing writer may ship
   */
  readonly grounds?: ClaimGrounds | undefined;
  /**
   * Where it tells every minute how it is doing.
   *
   * @default - nothing is measured
   */
  readonly measures?: AgentMeasures | undefined;
  /** Ends the agent: what is in flight gets a few seconds to become durable. */
  readonly stop: AbortSignal;
}

/** What an agent told to stop gives the files in flight; the next one ships them again. */
const STOP_GRACE_MS = 3_000;

/**
 * The resident agent: holds the spool, ships WAL ahead of PostgreSQL's archiver, and lives until it
 * is told to stop. While the store cannot be reached it keeps trying; PostgreSQL keeps the WAL. What
 * no waiting mends ends it: a store that is missing or refuses it from the very start, a data
 * directory, spool or archive that is not this server's.
 *
 * Each life of the postmaster, and each timeline, begins with the proof of identity: the data
 * directory may have been replaced in between.
 *
 * @throws {@link OpsError} as {@link openShipment}; `WAL-FENCED` when a newer writer took over.
 */
export async function runAgent(deps: ShippingDeps, options: AgentOptions): Promise<void> {
  const { spool, wal, clock, log, cluster } = deps;
  const { parallel, stop } = options;
  await using _lock = await spool.lock('agent');
  await using _beating = startBeating(spool, clock);
  await using ending = startEnding(deps, stop);
  await using meter = options.measures && startMeasuring(deps, options.measures);
  let isWriter = false;
  let failures = 0;
  while (!stop.aborted) {
    try {
      await shipOneLife();
    } catch (cause) {
      if (stop.aborted) break;
      const error = toOpsError(cause);
      if (!error.retryable && !(isWriter && isOutage(error))) throw error;
      failures += 1;
      log.warn(Event.AGENT_FAILED, { cluster, attempt: failures, ...failureFields(error) });
      await clock.sleep(restMs(failures), stop).catch(() => undefined);
    }
  }
  log.info(Event.AGENT_STOPPED, { cluster });

  /** Ships until the postmaster's life, its timeline, or the agent's own life is over. */
  async function shipOneLife(): Promise<void> {
    const life = await wal.postmaster();
    const grounds = isWriter ? undefined : options.grounds;
    const shipment = await openShipment(deps, { grounds, signal: stop });
    // From here on a newer writer is the truer one, whatever was said before.
    isWriter = true;
    failures = 0;
    if (life !== undefined && (await spool.adopt(life)) === 'emptied') {
      log.info(Event.SPOOL_EMPTIED, { cluster, postmaster: life });
    }
    const { epoch, timeline } = shipment.claim;
    log.info(Event.AGENT_STARTED, { cluster, epoch, timeline, store: deps.store.url });
    const call = { signal: stop };
    const unmarked = await findUnmarked(deps, timeline, call);
    const owed = [...(await findOwedFiles(wal, call)), ...unmarked];
    await shipReadyFiles({ ...shipment, signal: ending.signal }, deps, {
      life,
      owed,
      parallel,
      stop,
      untilDrained: false,
      onRound: (durable) => meter?.wentRound(durable),
    });
  }
}

/** A signal that is aborted some seconds after `stop`, unless it is disposed before. */
function startEnding(
  { clock }: Pick<ShippingDeps, 'clock'>,
  stop: AbortSignal,
): AsyncDisposable & { readonly signal: AbortSignal } {
  const ended = new AbortController();
  const ending = new AbortController();
  const end = async (): Promise<void> => {
    try {
      await clock.sleep(STOP_GRACE_MS, ended.signal);
      ending.abort(stop.reason);
    } catch {
      // All that was in flight ended by itself.
    }
  };
  const start = (): void => void end();
  if (stop.aborted) start();
  else stop.addEventListener('abort', start, { once: true });
  return {
    signal: ending.signal,
    [Symbol.asyncDispose]: async () => {
      stop.removeEventListener('abort', start);
      ended.abort();
    },
  };
}
