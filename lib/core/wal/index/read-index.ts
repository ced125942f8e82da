import { pMapIterable } from 'p-map';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { getRecord } from '../../store/record.ts';
import { SegmentIndexRecord } from '../../store/records.ts';
import { isDamaged } from '../../store/damaged.ts';
import { getSealed, type SealedObject } from '../../store/sealed-object.ts';
import { assertWholeSegment } from '../whole-segment.ts';
import { parseSegment, type Segment } from '../segment.ts';
import { indexSegment } from './index-segment.ts';

/** Where segments and their indexes are. */
export interface IndexedArchive {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  /** Keeps what is made from segments without an index, for who reads them again. @default - nothing is kept */
  readonly made?: MadeIndexes | undefined;
}

/** Indexes of archived segments that have none, by name: at most {@link MOST_MADE}. */
export type MadeIndexes = Map<string, SegmentIndexRecord>;

/** A segment and what it tells. */
export interface IndexedSegment extends Segment {
  readonly index: SegmentIndexRecord;
}

/** An index that is missing or cannot be read is no loss: its segment tells the same. */
const REPLACEABLE = ['STORE-ABSENT', 'STORE-FORMAT'] as const;
/** Indexes are small, and each costs a round trip. */
const INDEXES_AT_A_TIME = 16;
/** Few archives lack so many, and each is of some kilobytes. */
const MOST_MADE = 1024;
/** Plain bytes of segments held at once where indexes are missing. */
const SEGMENT_BYTES_AT_A_TIME = 32 * 1024 * 1024;

/**
 * Reads a segment and proves it.
 *
 * @throws {@link OpsError} `STORE-ABSENT`, `STORE-CORRUPT`, `WAL-PAGE`, `WAL-IDENTITY`.
 */
export async function readSegment(
  { store, lineage }: IndexedArchive,
  name: string,
  options: CallOptions = {},
): Promise<SealedObject> {
  const { id, identity, keys } = lineage;
  const sealed = await getSealed(store, keys.wal(name), options);
  assertWholeSegment(sealed.plain, name, { ...id, segmentBytes: identity.segmentBytes });
  return sealed;
}

/** The index of a segment: the stored one, else made from the segment. Throws as {@link readSegment}. */
export async function readIndex(
  archive: IndexedArchive,
  name: string,
  options: CallOptions = {},
): Promise<SegmentIndexRecord> {
  const stored = await readStoredIndex(archive, name, options);
  return stored ?? makeIndex(archive, name, options);
}

/**
 * The indexes of segments in the order of their names, read several at a time, never many held.
 * Throws as {@link readSegment}, at the segment that is at fault.
 */
export function readIndexes(
  archive: IndexedArchive,
  names: Iterable<string>,
  options: CallOptions = {},
): AsyncIterable<IndexedSegment> {
  const { segmentBytes } = archive.lineage.identity;
  const segmentsAtATime = Math.max(1, Math.floor(SEGMENT_BYTES_AT_A_TIME / segmentBytes));
  const stored = pMapIterable(
    names,
    async (name) => ({ name, index: await readStoredIndex(archive, name, options) }),
    { concurrency: INDEXES_AT_A_TIME },
  );
  return pMapIterable(
    stored,
    async ({ name, index }) => ({
      ...parseSegment(name, segmentBytes),
      index: index ?? (await makeIndex(archive, name, options)),
    }),
    { concurrency: Math.min(segmentsAtATime, INDEXES_AT_A_TIME) },
  );
}

async function makeIndex(
  archive: IndexedArchive,
  name: string,
  options: CallOptions,
): Promise<SegmentIndexRecord> {
  const { made } = archive;
  const known = made?.get(name);
  if (known !== undefined) return known;
  const { plain, stat } = await readSegment(archive, name, options);
  const index = indexSegment(plain);
  // One that nobody has archived yet, as a view of pg_wal shows it, can have no index there.
  const isArchived = (stat.metadata?.epoch ?? 0) > 0;
  if (made !== undefined && isArchived && made.size < MOST_MADE) made.set(name, index);
  return index;
}

async function readStoredIndex(
  { store, lineage }: IndexedArchive,
  name: string,
  options: CallOptions,
): Promise<SegmentIndexRecord | undefined> {
  try {
    return await getRecord(store, lineage.keys.walIndex(name), SegmentIndexRecord, options);
  } catch (error) {
    if (isDamaged(error)) return undefined;
    if (isOpsError(error) && REPLACEABLE.some((code) => code === error.code)) return undefined;
    throw error;
  }
}
