import { isOpsError, type OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ListOptions, ObjectHead, ObjectStore } from '../ports/object-store.ts';
import { isDamaged } from '../store/damaged.ts';
import { gapAround, type KnownGap, readGaps } from '../store/gap-log.ts';
import type { Lineage } from '../store/lineage.ts';
import { readGoneWal, type WalRange } from '../retention/read-gone-wal.ts';
import { getSealed } from '../store/sealed-object.ts';
import { parseArchiveFile } from '../wal/archive-file.ts';
import { runBuilder, type SegmentRun } from '../wal/continuity.ts';
import { isSegmentName, parseSegment } from '../wal/segment.ts';
import { parseTimelineHistory, type TimelineHistory } from '../wal/timeline-history.ts';

/** What the archive of a lineage holds, by name: nothing but histories was read. */
export interface ArchiveListing {
  /** Stretches of consecutive segments, by timeline and number; poisoned names are not in them. */
  readonly runs: readonly SegmentRun[];
  /** Timeline histories, by timeline; timeline 1 has none in PostgreSQL and an empty one here. */
  readonly histories: ReadonlyMap<number, TimelineHistory>;
  /** Why a history that is there cannot be read, by timeline: nothing recovers along that one. */
  readonly damagedHistories: ReadonlyMap<number, OpsError>;
  /** When the first segment of each run came, by its name: as long as the hole before it is one. */
  readonly arrivals: ReadonlyMap<string, Date>;
  /** Gaps that somebody acknowledged. */
  readonly knownGaps: readonly KnownGap[];
  /** What retention has let go: where it lay is no gap. @default - nothing */
  readonly gone?: readonly WalRange[] | undefined;
  readonly segments: number;
  readonly storedBytes: number;
  /** When the newest object came; `undefined` for an empty archive. */
  readonly newestAt: Date | undefined;
  /** Keys under `wal/` that are no archive file of PostgreSQL's. */
  readonly strangers: readonly string[];
}

/** An object below `wal/`. */
export interface ArchiveObject {
  readonly head: ObjectHead;
  readonly kind: 'segment' | 'history' | 'partial' | 'backup' | 'stranger';
  /** The last part of its key, without `.zst`. */
  readonly name: string;
}

/** Folds the objects of an archive, in order of their keys, into what they amount to. */
export interface ArchiveFold {
  add(object: ArchiveObject): void;
  /** Reads the histories that were met. */
  listing(store: ObjectStore, options: CallOptions): Promise<ArchiveListing>;
}

/** More strangers than this are not named: something else is wrong then. */
const MAX_STRANGERS = 100;

/**
 * Lists the archive, or what sorts after a key of it. Memory grows with the number of gaps and timelines, not of segments.
 *
 * A damaged history takes its own timeline away and no other: each names all of its ancestors.
 *
 * @throws {@link OpsError} the store's own, when it cannot be reached.
 */
export async function listArchive(
  store: ObjectStore,
  lineage: Lineage,
  options: ListOptions = {},
): Promise<ArchiveListing> {
  const gone = await readGoneWal(store, lineage, options);
  const fold = foldArchive(lineage, await readGaps(store, lineage, options), gone);
  for await (const object of archiveObjects(store, lineage, options)) fold.add(object);
  return fold.listing(store, options);
}

/** Everything below `wal/`, or what of it sorts after a key, in order of the keys, listed lazily. */
export async function* archiveObjects(
  store: ObjectStore,
  lineage: Lineage,
  options: ListOptions = {},
): AsyncGenerator<ArchiveObject, undefined> {
  for await (const head of store.list(lineage.keys.walPrefix, options)) {
    yield { head, kind: kindOf(lineage, head.key), name: nameOf(head.key) };
  }
  return undefined;
}

/** Starts with an empty archive; see {@link ArchiveListing}. */
export function foldArchive(
  { identity: { segmentBytes } }: Lineage,
  knownGaps: readonly KnownGap[],
  gone: readonly WalRange[] = [],
): ArchiveFold {
  const builder = runBuilder(segmentBytes);
  const historyKeys = new Map<number, string>();
  const strangers: string[] = [];
  const arrivals = new Map<string, Date>();
  let segments = 0;
  let storedBytes = 0;
  let newestAt: Date | undefined;
  return {
    add: ({ head: { key, bytes, modifiedAt }, kind, name }) => {
      storedBytes += bytes;
      if (newestAt === undefined || modifiedAt > newestAt) newestAt = modifiedAt;
      if (kind === 'segment') {
        segments += 1;
        // Another history's bytes: replay must not run from this one into it.
        if (gapAround(knownGaps, name, 'poisoned') !== undefined) return;
        if (builder.add(name)) arrivals.set(name, modifiedAt);
      } else if (kind === 'history') {
        historyKeys.set(Number.parseInt(name.slice(0, 8), 16), key);
      } else if (kind === 'stranger' && strangers.length < MAX_STRANGERS) {
        strangers.push(key);
      }
    },
    listing: async (store, options) => {
      const read = await readHistories(store, historyKeys, options);
      const found = { ...read, arrivals, knownGaps, gone, strangers };
      return { runs: builder.runs(), ...found, segments, storedBytes, newestAt };
    },
  };
}

/**
 * Reads histories, by timeline. A damaged one takes its own timeline away and no other.
 *
 * @throws {@link OpsError} the store's own, when it cannot be reached.
 */
export async function readHistories(
  store: ObjectStore,
  keys: ReadonlyMap<number, string>,
  options: CallOptions = {},
): Promise<Pick<ArchiveListing, 'histories' | 'damagedHistories'>> {
  const histories = new Map<number, TimelineHistory>([[1, { timeline: 1, parents: [] }]]);
  const damagedHistories = new Map<number, OpsError>();
  for (const [timeline, key] of keys) {
    const history = await readHistory(store, key, timeline, options);
    if ('code' in history) damagedHistories.set(timeline, history);
    else histories.set(timeline, history);
  }
  return { histories, damagedHistories };
}

/** What lies at `key` under `wal/`: an archive file at its right place, or a stranger. */
export function kindOf(lineage: Lineage, key: string): ArchiveObject['kind'] {
  const name = nameOf(key);
  const { keys, identity } = lineage;
  try {
    // Millions of names are segments': they are looked at first.
    if (isSegmentName(name)) {
      // Not every name of that shape can occur with segments of this size.
      parseSegment(name, identity.segmentBytes);
      return key === keys.wal(name) ? 'segment' : 'stranger';
    }
    // A partial's name carries the first digits of its hash behind it.
    const [, partial, digits = ''] = /^([0-9A-F]{24}\.partial)\.([0-9a-f]{16})$/.exec(name) ?? [];
    if (partial !== undefined) {
      parseArchiveFile(partial);
      return key === keys.walPartial(partial, digits) ? 'partial' : 'stranger';
    }
    const { kind } = parseArchiveFile(name);
    return kind !== 'partial' && key === keys.wal(name) ? kind : 'stranger';
  } catch (error) {
    if (isOpsError(error, 'WAL-NAME')) return 'stranger';
    throw error;
  }
}

/** The history at `key`, or what is wrong with it. */
async function readHistory(
  store: ObjectStore,
  key: string,
  timeline: number,
  options: CallOptions,
): Promise<TimelineHistory | OpsError> {
  try {
    const { plain } = await getSealed(store, key, options);
    return parseTimelineHistory(Buffer.from(plain).toString('utf8'), timeline);
  } catch (error) {
    if (isDamaged(error) || isOpsError(error, 'WAL-HISTORY')) return error;
    throw error;
  }
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/\.zst$/, '');
}
