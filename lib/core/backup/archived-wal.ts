import { randomUUID } from 'node:crypto';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Clock } from '../ports/clock.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { ArchiverState, ClusterServer } from '../ports/cluster-server.ts';
import type { Lineage } from '../store/lineage.ts';
import { getSealed } from '../store/sealed-object.ts';
import { nextSegment, segmentBefore } from '../wal/segment.ts';

/** What waiting for the archive needs. */
export interface ArchiveWaiter extends CallOptions {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly server: Pick<ClusterServer, 'switchWal' | 'archiver'>;
  readonly clock: Clock;
  /** How long a finished segment may take. */
  readonly timeoutMs: number;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** A page's end can cut one copy of a note; the others stay whole. */
const NOTE_COPIES = 4;

/**
 * Ends the current segment with a note that no other server can have written, waits until the
 * segment is in the store, and finds the note there: proof that the store holds this server's WAL,
 * not that of a clone, which names its segments alike.
 *
 * A note that the end of a segment has cut is not found, so a second one is tried.
 *
 * @throws {@link OpsError} `BACKUP-ARCHIVING`; `STORE-CORRUPT`.
 */
export async function proveArchiving(waiter: ArchiveWaiter, timeline: number): Promise<void> {
  await proveNote(waiter, timeline, async () => undefined);
}

async function proveNote(
  waiter: ArchiveWaiter,
  timeline: number,
  ended: (segment: string) => Promise<void>,
): Promise<void> {
  const first = await archiveNote(waiter, timeline, ended);
  if (first.isFound) return;
  const second = await archiveNote(waiter, timeline, ended);
  if (!second.isFound) throw notOurs(waiter, second.segment);
}

/**
 * Waits for the WAL of a finished copy, and proves that it is this server's: the server was told that a
 * later note is archived, hence all before it, and whoever meets other bytes under a segment's name
 * never says so. That alone would be no proof, for the server may archive elsewhere too.
 *
 * The note also ends the copy's last segment, which may still be open on an idle server. The server has
 * as long as the whole backup to be told: a copy that took hours is worth the wait.
 *
 * @throws {@link OpsError} as {@link proveArchiving}.
 */
export async function awaitBackupWal(
  waiter: ArchiveWaiter,
  timeline: number,
  first: string,
  last: string,
): Promise<void> {
  await proveNote(waiter, timeline, async (segment) => awaitAcknowledgement(waiter, segment));
  await awaitSegments(waiter, first, last);
}

/** Ends a segment with a new note, waits for it, and tells whether the store's copy has the note. */
async function archiveNote(
  waiter: ArchiveWaiter,
  timeline: number,
  ended: (segment: string) => Promise<void>,
): Promise<{ readonly segment: string; readonly isFound: boolean }> {
  const { server, store, lineage, signal } = waiter;
  const note = randomUUID();
  const end = await server.switchWal({ note: note.repeat(NOTE_COPIES), signal });
  const segment = segmentBefore(timeline, end, lineage.identity.segmentBytes);
  await ended(segment);
  await awaitSegments(waiter, segment, segment);
  const { plain } = await getSealed(store, lineage.keys.wal(segment), { signal });
  return {
    segment,
    isFound: Buffer.from(plain.buffer, plain.byteOffset, plain.length).includes(note),
  };
}

/**
 * Waits until the server was told that `segment` is archived, and so all before it on its timeline: it
 * offers them in order.
 *
 * @see PostgreSQL ready_file_comparator, src/backend/postmaster/pgarch.c
 */
async function awaitAcknowledgement(
  { server, clock, signal }: ArchiveWaiter,
  segment: string,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const { lastArchivedFile = '' } = await server.archiver({ signal });
    // A backup's own file is named after a segment too.
    const last = lastArchivedFile.slice(0, segment.length);
    if (last.slice(0, 8) === segment.slice(0, 8) && last >= segment) return;
    await clock.sleep(pauseMs, signal);
  }
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

function notOurs({ store }: ArchiveWaiter, segment: string): OpsError {
  return new OpsError('BACKUP-ARCHIVING', `${segment} in ${store.url} is not this server's`, {
    hint: 'another server archives under this name: is --host the server that the agent protects?',
    details: { segment },
  });
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
