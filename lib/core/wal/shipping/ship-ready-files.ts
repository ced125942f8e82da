import { Event } from '../../contract/events.ts';
import { failureFields } from '../../errors/failure-fields.ts';
import { isOpsError, OpsError, toOpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Spool } from '../../ports/spool.ts';
import { parseArchiveFile } from '../archive-file.ts';
import { shipOwedFile } from './catch-up.ts';
import { indexShipped } from './index-shipped.ts';
import { planNextFiles } from './plan-next-files.ts';
import { isOutage } from './rest.ts';
import { noSetbacks } from './setbacks.ts';
import type { Shipment } from './ship-file.ts';
import { shipOrKeep } from './ship-or-keep.ts';

/** How a shipping run behaves. */
export interface ShippingOptions {
  /** Life of the postmaster whose archive script waits; `undefined` when none runs. */
  readonly life: string | undefined;
  /**
   * Files marked done that the store may lack.
   *
   * @default - none
   */
  readonly owed?: readonly string[];
  /** Most files in flight at once. */
  readonly parallel: number;
  /** Stop as soon as nothing is ready any more, or only files that fail. */
  readonly untilDrained: boolean;
  /** Aborted when PostgreSQL's turn is over: what is in flight is finished first. */
  readonly stop: AbortSignal;
  /**
   * Told at each round, several times a second, which of the ready files are in the store.
   *
   * @default - nobody is told
   */
  readonly onRound?: (durable: ReadonlySet<string>) => void;
}

/** What a shipping run did. */
export interface ShippingTotals {
  /** Why it ended; after a new postmaster or timeline the right to write must be proven anew. */
  readonly ended: 'stopped' | 'drained' | 'new-postmaster' | 'new-timeline';
  /** The last failure of each file that is still not shipped. */
  readonly failures: ReadonlyMap<string, OpsError>;
}

/** How often the status directory is read again while work goes on, in milliseconds. */
const RESCAN_MS = 250;
/** How long an idle shipper waits for the directory to change before it looks itself. */
const IDLE_MS = 1_000;
/** A name offered again after its acknowledgement was collected is proven anew after this long. */
const COLLECTED_MS = 2_000;
/** Segments in flight, in plain bytes, however many files were asked for: some may not get smaller. */
const IN_FLIGHT_BYTES = 64 * 1024 * 1024;

/**
 * Ships ready files, several at once, and acknowledges each in the spool once it is durable.
 *
 * One file that fails rests, with growing pauses, and holds nobody else up, unless the store has other
 * bytes under its name: then nothing later on its timeline goes. PostgreSQL keeps what is not
 * acknowledged. While the store as a whole fails, all rest, so that the backlog goes in order
 * once it is back. Losing the right to write ends the run; so does a new life of the postmaster or a
 * new timeline, because whoever goes on must prove anew whose data directory this is.
 *
 * @throws {@link OpsError} `WAL-FENCED` when a newer writer took over.
 */
export async function shipReadyFiles(
  shipment: Shipment,
  deps: { readonly spool: Spool; readonly clock: Clock; readonly log: Log },
  options: ShippingOptions,
): Promise<ShippingTotals> {
  const { wal, lineage, claim, signal } = shipment;
  const { spool, clock, log } = deps;
  const { life, stop, untilDrained } = options;
  const mostInFlight = Math.max(1, Math.floor(IN_FLIGHT_BYTES / lineage.identity.segmentBytes));
  const parallel = Math.min(options.parallel, mostInFlight);
  const setbacks = noSetbacks(clock, untilDrained);
  const owed = new Set(options.owed);
  const inFlight = new Map<string, Promise<void>>();
  const collected = new Map<string, number>();
  const fenced = new AbortController();
  let ready: ReadonlySet<string> = new Set();
  let acknowledged: ReadonlySet<string> = new Set();
  let scannedAt = -Infinity;

  let ended: ShippingTotals['ended'];
  try {
    ended = await shipUntilOver();
  } finally {
    // However it ended: whoever goes on must not meet what is still under way.
    await Promise.all(inFlight.values());
  }
  fenced.signal.throwIfAborted();
  return { ended, failures: setbacks.failures() };

  async function shipUntilOver(): Promise<ShippingTotals['ended']> {
    while (!stop.aborted && !fenced.signal.aborted) {
      const isDue = clock.elapsedMs() - scannedAt >= RESCAN_MS;
      const over = isDue ? await scan() : undefined;
      if (over !== undefined) return over;
      const durable = new Set([...acknowledged, ...collected.keys()]);
      options.onRound?.(durable);
      const next = planNextFiles({
        ready: [...ready, ...owed].filter((name) => !setbacks.isBehindConflict(name)),
        durable,
        resting: new Set(setbacks.resting()),
        inFlight: new Set(inFlight.keys()),
        parallel: setbacks.isOutage() ? 0 : parallel,
      });
      for (const name of next) {
        const shipping = ship(name).finally(() => inFlight.delete(name));
        inFlight.set(name, shipping);
      }
      if (inFlight.size > 0) {
        await Promise.race([...inFlight.values(), pause(RESCAN_MS)]);
      } else if (untilDrained) {
        return 'drained';
      } else {
        await wal.changed(IDLE_MS, stop);
        scannedAt = -Infinity;
      }
    }
    return 'stopped';
  }

  async function scan(): Promise<ShippingTotals['ended'] | undefined> {
    const postmaster = await wal.postmaster({ signal });
    if (postmaster !== undefined && postmaster !== life) return 'new-postmaster';
    ready = new Set(await wal.ready({ signal }));
    if ([...ready].some(isNewTimeline)) return 'new-timeline';
    acknowledged = life === undefined ? new Set() : await spool.acknowledged(life, { signal });
    scannedAt = clock.elapsedMs();
    for (const name of acknowledged) {
      // PostgreSQL took note of it: left over, it would vouch for later bytes of that name.
      if (!ready.has(name) && life !== undefined) await spool.withdraw(life, name, { signal });
    }
    for (const [name, at] of collected) {
      const isAgain =
        life !== undefined && !acknowledged.has(name) && scannedAt - at > COLLECTED_MS;
      if (!ready.has(name) || isAgain) collected.delete(name);
    }
    for (const name of setbacks.failures().keys()) {
      if (!ready.has(name) && !owed.has(name)) setbacks.clear(name);
    }
    return undefined;
  }

  /** The epoch log says which timeline is written, and whoever recovers believes it. */
  function isNewTimeline(name: string): boolean {
    const { kind, timeline } = parseArchiveFile(name);
    return kind === 'history' && timeline > claim.timeline;
  }

  async function ship(name: string): Promise<void> {
    const startedMs = clock.elapsedMs();
    const isOffered = ready.has(name);
    try {
      const file = isOffered
        ? await shipOrKeep(shipment, name)
        : await shipOwedFile(shipment, name);
      if (file === undefined && isOffered) {
        // Its mark is gone too where the script's own push was faster, while this agent stood still.
        scannedAt = -Infinity;
        if ((await wal.ready({ signal })).includes(name)) throw vanished(name);
      }
      owed.delete(name);
      setbacks.clear(name);
      if (file === undefined) return;
      setbacks.endOutage();
      if (isOffered && life !== undefined) await spool.acknowledge(life, name, { signal });
      if (isOffered) collected.set(name, clock.elapsedMs());
      log.info(file.outcome === 'kept' ? Event.SEGMENT_KEPT : Event.SEGMENT_ARCHIVED, {
        wal_segment: name,
        timeline: name.slice(0, 8),
        outcome: file.outcome,
        bytes: file.plainBytes,
        duration_ms: Math.round(clock.elapsedMs() - startedMs),
      });
      await indexShipped(file, log);
    } catch (cause) {
      fail(name, isOffered, toOpsError(cause));
    }
  }

  function fail(name: string, isOffered: boolean, error: OpsError): void {
    if (isOpsError(error, 'WAL-FENCED')) fenced.abort(error);
    const mayPass = error.retryable || isOutage(error);
    // PostgreSQL has no need of an owed segment: one that cannot be shipped is not worth a second try.
    const isGivenUp = !isOffered && !mayPass && !name.endsWith('.history');
    const attempt = isGivenUp ? 1 : setbacks.add(name, error);
    if (isGivenUp) owed.delete(name);
    const timeline = name.slice(0, 8);
    const line = { wal_segment: name, timeline, attempt, ...failureFields(error) };
    if (mayPass) log.warn(Event.SEGMENT_RETRIED, line);
    else log.error(Event.SEGMENT_REFUSED, line);
  }

  async function pause(ms: number): Promise<void> {
    try {
      await clock.sleep(ms, stop);
    } catch {
      // Stopped: the loop sees it.
    }
  }
}

/** Whoever removed it from a full pg_wal cut the archive: nothing after it can be reached. */
function vanished(name: string): OpsError {
  return new OpsError('WAL-ABSENT', `${name} is marked ready and is not in pg_wal`, {
    hint: 'if somebody removed it, the archive has a gap from there on: acknowledge it with "holdfast resolve"',
    details: { name },
  });
}
