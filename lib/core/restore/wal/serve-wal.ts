import { Event } from '../../contract/events.ts';
import { isOpsError, type OpsError, toOpsError } from '../../errors/ops-error.ts';
import type { Log } from '../../ports/log.ts';
import type { HiddenObject } from '../../ports/object-store.ts';
import type { RecoverySpool } from '../../ports/recovery-spool.ts';
import { type KnownGap, readGaps } from '../../store/gap-log.ts';
import { readingHidden } from '../../store/reading-hidden.ts';
import { isSegmentName, parseSegment } from '../../wal/segment.ts';
import { fetchWal, type WalArchive } from './fetch-wal.ts';
import { vanished } from './fetch-planned.ts';
import type { RecoveryPlan } from '../plan/recovery-plan.ts';
import { unpackers } from './unpackers.ts';
import { walOrder } from './wal-order.ts';

/** What WAL is served from, to whom. */
export interface WalServing extends WalArchive {
  readonly spool: RecoverySpool;
  readonly plan: Pick<
    RecoveryPlan,
    'history' | 'segments' | 'historyFiles' | 'backup' | 'endsWithPlan'
  >;
  readonly log: Log;
  /** Told of each planned object that was read although a delete marker hides it. */
  readonly onHidden?: ((hidden: HiddenObject) => void) | undefined;
}

/** Hands WAL to a server that replays it. */
export interface WalServer {
  /** Serves until `signal` is aborted or the spool fails, which ends the server for want of a beat. */
  run(signal: AbortSignal): Promise<void>;
  /** Why the server was told to abort. */
  failure(): OpsError | undefined;
  /** How many planned segments the server has come past. */
  position(): number;
  /** Grows with everything the server asks for or takes. */
  calls(): number;
}

/** Segments that wait for the server, at most: as many as it takes for it not to wait. */
const MAX_AHEAD_SEGMENTS = 16;
const MAX_AHEAD_BYTES = 512 * 1024 * 1024;
const MAX_PARALLEL = 4;
/** Segments that are fetched are held whole in memory. */
const MAX_PARALLEL_BYTES = 64 * 1024 * 1024;
/** Memory of its own. */
const NOWHERE = { unpack: undefined, room: undefined };
const POLL_MS = 10;
const BEAT_MS = 1_000;

/**
 * Makes a server of WAL: it fetches planned segments ahead of the replay, several at a time, and
 * answers for every other file when it is asked.
 *
 * A segment that the plan counts on and the store does not give is a failure, never the end.
 */
export function createWalServer(serving: WalServing): WalServer {
  const { plan, spool, clock, log } = serving;
  const { segmentBytes } = plan.backup;
  const order = walOrder(plan.segments, segmentBytes);
  const mostAhead = within(MAX_AHEAD_SEGMENTS, MAX_AHEAD_BYTES, segmentBytes);
  const parallel = within(MAX_PARALLEL, MAX_PARALLEL_BYTES, segmentBytes);
  const unpacking = unpackers(segmentBytes);
  let ahead = parallel;
  const fetching = new Map<string, Promise<void>>();
  const offered = new Set<string>();
  const refused = new Map<string, OpsError>();
  const asked = new Set<string>();
  let known: readonly KnownGap[] | undefined;
  let failure: OpsError | undefined;
  const broken = new AbortController();
  let position = 0;
  let calls = 0;

  const archive: WalArchive = {
    ...serving,
    knownGaps: async () => (known ??= await readGaps(serving.store, serving.lineage)),
  };

  // Others must stay absent, or a replay would go past the end that was planned.
  const planned: WalArchive = { ...archive, store: readingHidden(serving.store, serving.onHidden) };

  const isPlanned = (name: string): boolean =>
    order.indexOf(name) !== undefined || plan.historyFiles.includes(name);

  const isPastPlan = (name: string): boolean => {
    const last = plan.segments.at(-1)?.last;
    if (!plan.endsWithPlan || last === undefined || !isSegmentName(name)) return false;
    return parseSegment(name, segmentBytes).number > last;
  };

  const refuse = async (name: string, error: OpsError): Promise<void> => {
    refused.set(name, error);
    if (asked.has(name)) failure ??= error;
    log.error(Event.RESTORE_WAL_REFUSED, { wal_segment: name, error_code: error.code });
    await spool.fail(name, error.message);
  };

  const answer = async (name: string, signal: AbortSignal): Promise<void> => {
    try {
      if (isPastPlan(name)) return await spool.proveAbsent(name);
      using unpacker = unpacking.take();
      // What a history holds does not matter to everyone who asks for it: it may be damaged.
      const { unpack, room } = isSegmentName(name) ? unpacker : NOWHERE;
      const options = { history: plan.history, unpack, room, signal };
      const fetched = await fetchWal(isPlanned(name) ? planned : archive, name, options);
      unpacker.proven();
      if (fetched.status === 'fetched') {
        await spool.offer(name, fetched.bytes);
        offered.add(name);
      } else if (isPlanned(name)) {
        await refuse(name, vanished(name));
      } else {
        await spool.proveAbsent(name);
      }
    } catch (error) {
      if (signal.aborted) return;
      // Nobody waits for it yet, and the store may be back by then.
      const mayComeBack = isOpsError(error) && error.retryable && !asked.has(name);
      if (!mayComeBack) await refuse(name, toOpsError(error));
    }
  };

  const breakDown = (error: unknown): void => {
    broken.abort();
    failure ??= toOpsError(error);
  };

  const fetch = (name: string, signal: AbortSignal): void => {
    if (fetching.has(name) || offered.has(name) || refused.has(name)) return;
    const work = answer(name, signal)
      .catch(breakDown)
      .finally(() => {
        fetching.delete(name);
        if (!signal.aborted && !broken.signal.aborted) prefetch(signal);
      });
    fetching.set(name, work);
  };

  const heed = async (signal: AbortSignal): Promise<void> => {
    const marks = await spool.calls();
    calls += marks.asked.length + marks.taken.length;
    for (const name of marks.taken) {
      offered.delete(name);
      asked.delete(name);
      position = Math.max(position, (order.indexOf(name) ?? -1) + 1);
      log.info(Event.RESTORE_WAL_SERVED, { wal_segment: name });
    }
    for (const name of marks.asked) {
      asked.add(name);
      failure ??= refused.get(name);
      // It had to wait.
      if (order.indexOf(name) !== undefined) ahead = Math.min(ahead + parallel, mostAhead);
      // It may have been taken a moment ago, and be asked for a second time.
      if (offered.has(name) && !(await spool.isReady(name))) offered.delete(name);
      fetch(name, signal);
    }
  };

  const prefetch = (signal: AbortSignal): void => {
    for (let index = position; index < position + ahead && fetching.size < parallel; index += 1) {
      const name = order.at(index);
      if (name === undefined) return;
      fetch(name, signal);
    }
  };

  return {
    failure: () => failure,
    position: () => position,
    calls: () => calls,
    run: async (signal) => {
      let beatMs = Number.NEGATIVE_INFINITY;
      try {
        while (!signal.aborted && !broken.signal.aborted) {
          if (clock.elapsedMs() - beatMs >= BEAT_MS) {
            beatMs = clock.elapsedMs();
            await spool.beat(clock.now());
          }
          await heed(signal);
          prefetch(signal);
          await clock.sleep(POLL_MS, signal).catch(() => undefined);
        }
      } catch (error) {
        breakDown(error);
      }
      await Promise.all(fetching.values());
    },
  };
}

/** At most `count` segments, at most `bytes` of them, at least one. */
function within(count: number, bytes: number, segmentBytes: number): number {
  return Math.max(1, Math.min(count, Math.floor(bytes / segmentBytes)));
}
