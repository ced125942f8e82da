import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { gapAround, type KnownGap, readGaps } from '../../store/gap-log.ts';
import { getSealed, type ReadSealedOptions } from '../../store/sealed-object.ts';
import { parseArchiveFile } from '../../wal/archive-file.ts';
import { assertWholeSegment } from '../../wal/whole-segment.ts';
import { parseSegment, segmentNumberAt, segmentName } from '../../wal/segment.ts';
import {
  parseTimelineHistory,
  segmentTimeline,
  switchPoint,
  type TimelineHistory,
} from '../../wal/timeline-history.ts';
import { fetchHistory } from './fetch-history.ts';

/** Where WAL is fetched from. */
export interface WalArchive {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
  /**
   * The lineage's acknowledged gaps, for whoever fetches more than one file and reads them once.
   *
   * @default - they are read for each file
   */
  readonly knownGaps?: (() => Promise<readonly KnownGap[]>) | undefined;
}

/** Options of {@link fetchWal}. */
export interface FetchOptions extends ReadSealedOptions {
  /**
   * The path that is replayed. Segments beside it count as absent: they are of abandoned stretches.
   *
   * @default - the segment's own timeline, and nothing else
   */
  readonly history?: TimelineHistory | undefined;
}

/** One file of the archive, or the proof that there is none. */
export type FetchedWal =
  | { readonly status: 'fetched'; readonly bytes: Uint8Array }
  | { readonly status: 'absent' };

/** With the pauses below: a store that comes back within half a minute costs no recovery. */
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 16_000;
const ABSENT: FetchedWal = { status: 'absent' };

/**
 * Fetches a file by the name PostgreSQL's `restore_command` asks for, proven in every byte: hashes,
 * and for a segment its identity and the address of each page.
 *
 * `absent` is an answer that ends a replay, so it is given only when a listing of the exact key
 * succeeded and no later WAL is on the path.
 *
 * @throws {@link OpsError} `RESTORE-WAL` when the segment is missing although later WAL exists;
 *   `WAL-NAME`; `STORE-CORRUPT`, `WAL-PAGE`, `WAL-IDENTITY` or `WAL-HISTORY` when what is there is
 *   wrong; the store's own errors after eight attempts.
 */
export async function fetchWal(
  archive: WalArchive,
  name: string,
  options: FetchOptions = {},
): Promise<FetchedWal> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchOnce(archive, name, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !isOpsError(error) || !error.retryable) throw error;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
      await archive.clock.sleep(pauseMs * (0.5 + Math.random() / 2), options.signal);
    }
  }
}

async function fetchOnce(
  archive: WalArchive,
  name: string,
  options: FetchOptions,
): Promise<FetchedWal> {
  const { lineage } = archive;
  const file = parseArchiveFile(name);
  // PostgreSQL asks for neither of these when it replays; a partial's key carries a hash besides.
  if (file.kind === 'partial' || file.kind === 'backup') return ABSENT;
  if (file.kind === 'segment' && isBeside(name, lineage, options.history)) return ABSENT;
  const key = lineage.keys.wal(name);
  if (file.kind === 'history') {
    const read = async (): Promise<Uint8Array | undefined> => {
      const bytes = await readIfThere(archive, key, options);
      if (bytes) parseTimelineHistory(Buffer.from(bytes).toString('utf8'), file.timeline);
      return bytes;
    };
    const bytes = await fetchHistory(archive, file.timeline, options.history, read, options);
    return bytes === undefined ? ABSENT : { status: 'fetched', bytes };
  }
  const gaps = await poisonedNames(archive, options);
  // What lies there was written by another history: replay must not run into it from this one.
  const isForeign = gapAround(gaps, name) !== undefined;
  const bytes = isForeign ? undefined : await readIfThere(archive, key, options);
  if (bytes === undefined) {
    await assertNothingLater(archive, name, gaps, options);
    return ABSENT;
  }
  assertWholeSegment(bytes, name, lineage.identity);
  return { status: 'fetched', bytes };
}

function isBeside(
  name: string,
  { identity }: Lineage,
  history: TimelineHistory | undefined,
): boolean {
  if (history === undefined) return false;
  const { timeline, number } = parseSegment(name, identity.segmentBytes);
  return segmentTimeline(history, number, identity.segmentBytes) !== timeline;
}

async function poisonedNames(
  { store, lineage, knownGaps }: WalArchive,
  options: CallOptions,
): Promise<readonly KnownGap[]> {
  const gaps = await (knownGaps?.() ?? readGaps(store, lineage, options));
  return gaps.filter(({ kind }) => kind === 'poisoned');
}

async function readIfThere(
  { store }: WalArchive,
  key: string,
  { unpack, room, signal }: ReadSealedOptions,
): Promise<Uint8Array | undefined> {
  try {
    return (await getSealed(store, key, { unpack, room, signal })).plain;
  } catch (error) {
    if (!isOpsError(error, 'STORE-ABSENT')) throw error;
  }
  for await (const head of store.list(key, { signal })) {
    if (head.key !== key) continue;
    throw new OpsError('STORE-UNAVAILABLE', `${key} is listed and cannot be read`, {
      hint: 'it may have been stored this very moment: try again',
      details: { key },
    });
  }
  return undefined;
}

/** A hole in the middle must never pass for the end. */
async function assertNothingLater(
  archive: WalArchive,
  name: string,
  poisoned: readonly KnownGap[],
  options: FetchOptions,
): Promise<void> {
  const { segmentBytes } = archive.lineage.identity;
  const { timeline, number } = parseSegment(name, segmentBytes);
  const history = options.history ?? { timeline, parents: [] };
  const timelines = [...history.parents.map((parent) => parent.timeline), history.timeline];
  for (const each of timelines.filter((id) => id >= timeline)) {
    const asked = segmentName(each, number, segmentBytes);
    const later = await firstAfter(archive, asked, poisoned, options);
    const left = switchPoint(history, each);
    const isOnPath =
      later !== undefined &&
      (left === undefined || later.number < segmentNumberAt(left, segmentBytes));
    if (isOnPath) throw missing(name, later.name);
  }
}

async function firstAfter(
  { store, lineage }: WalArchive,
  name: string,
  poisoned: readonly KnownGap[],
  options: CallOptions,
): Promise<ReturnType<typeof parseSegment> | undefined> {
  const folder = `${lineage.keys.walPrefix}${name.slice(0, 8)}/`;
  for await (const { key } of store.list(folder, { ...options, after: lineage.keys.wal(name) })) {
    const found = /\/([0-9A-F]{24})\.zst$/.exec(key)?.[1];
    if (found === undefined || gapAround(poisoned, found) !== undefined) continue;
    return parseSegment(found, lineage.identity.segmentBytes);
  }
  return undefined;
}

function missing(name: string, later: string): OpsError {
  return new OpsError(
    'RESTORE-WAL',
    `segment ${name} is missing from the archive, ${later} is there`,
    {
      hint: 'run "holdfast verify" to see the gap, and recover to a point before it',
      details: { segment: name, later },
    },
  );
}
