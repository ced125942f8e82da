import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Clock } from '../ports/clock.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { ArchiverState, ClusterServer } from '../ports/cluster-server.ts';
import type { Lineage } from '../store/lineage.ts';
import { nextSegment, segmentBefore } from '../wal/segment.ts';

/** What waiting for the archive needs. */
export interface ArchiveWaiter extends CallOptions {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly server: ClusterServer;
  readonly clock: Clock;
  /** How long a finished segment may take. */
  readonly timeoutMs: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Ends the current segment and waits until it is in the store: proof that archiving works.
 *
 * @throws {@link OpsError} `BACKUP-ARCHIVING`.
 */
export async function proveArchiving(waiter: ArchiveWaiter, timeline: number): Promise<void> {
  const { server, lineage, signal } = waiter;
  const end = await server.switchWal({ signal });
  const segment = segmentBefore(timeline, end, lineage.identity.segmentBytes);
  await awaitSegments(waiter, segment, segment);
}

/**
 * Waits for the WAL of a finished copy. Its last segment may be open still on an idle server, so it
 * is ended first if the store lacks it.
 *
 * @throws {@link OpsError} `BACKUP-ARCHIVING`.
 */
export async function awaitBackupWal(
  waiter: ArchiveWaiter,
  first: string,
  last: string,
): Promise<void> {
  const { store, lineage, server, signal } = waiter;
  const stop = await store.head(lineage.keys.wal(last), { signal });
  if (stop === undefined) await server.switchWal({ signal });
  await awaitSegments(waiter, first, last);
}

/**
 * Waits until every segment from `first` to `last` is in the store.
 *
 * @throws {@link OpsError} `BACKUP-ARCHIVING` past `timeoutMs`, with the first one missing and what
 *   the server's archiver says.
 */
async function awaitSegments(waiter: ArchiveWaiter, first: string, last: string): Promise<void> {
  const { clock, signal, timeoutMs } = waiter;
  const deadline = clock.elapsedMs() + timeoutMs;
  let pauseMs = FIRST_PAUSE_MS;
  let missing = await firstMissing(waiter, first, last);
  while (missing !== undefined) {
    if (clock.elapsedMs() >= deadline) throw await notArchived(waiter, missing);
    await clock.sleep(pauseMs, signal);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    missing = await firstMissing(waiter, missing, last);
  }
}

/** The first segment from `first` to `last` that the store lacks; `undefined` when all are there. */
async function firstMissing(
  { store, lineage, signal }: ArchiveWaiter,
  first: string,
  last: string,
): Promise<string | undefined> {
  const { keys, identity } = lineage;
  const isThere = async (segment: string): Promise<boolean> =>
    (await store.head(keys.wal(segment), { signal })) !== undefined;
  if (!(await isThere(first))) return first;
  if (first === last) return undefined;
  let expected = nextSegment(first, identity.segmentBytes);
  const folder = `${keys.walPrefix}${first.slice(0, 8)}/`;
  for await (const { key } of store.list(folder, { after: keys.wal(first), signal })) {
    if (key !== keys.wal(expected)) continue;
    if (expected === last) return undefined;
    expected = nextSegment(expected, identity.segmentBytes);
  }
  return expected;
}

async function notArchived(waiter: ArchiveWaiter, segment: string): Promise<OpsError> {
  const { server, store, signal, timeoutMs } = waiter;
  const message = `${segment} is not in ${store.url} after ${timeoutMs / 1000} s`;
  const hint = 'see the log of the WAL agent and of the server for why archiving fails';
  try {
    const state = await server.archiver({ signal });
    return new OpsError('BACKUP-ARCHIVING', `${message}; ${describeArchiver(state)}`, { hint });
  } catch (cause) {
    return new OpsError('BACKUP-ARCHIVING', message, { hint, cause });
  }
}

function describeArchiver(state: ArchiverState): string {
  const { lastArchivedFile, lastArchivedAt, failedCount, lastFailedFile, lastFailedAt } = state;
  const archived =
    lastArchivedFile === undefined
      ? 'the server has archived nothing'
      : `the server archived ${lastArchivedFile} at ${lastArchivedAt?.toISOString() ?? 'no known time'}`;
  return lastFailedFile === undefined
    ? archived
    : `${archived} and failed ${failedCount} times, last with ${lastFailedFile} at ${lastFailedAt?.toISOString() ?? 'no known time'}`;
}
