import { pMapIterable } from 'p-map';
import { type ArchiveListing, foldArchive } from '../catalog/archive-listing.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { isInRanges, readGoneWal } from '../retention/read-gone-wal.ts';
import type { KnownGap } from '../store/gap-log.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { SegmentIndexRecord } from '../store/records.ts';
import { type ArchiveRow, archiveRows, type IndexObject } from './archive-rows.ts';
import { indexRebuilder, type RebuiltIndexes } from './index-rebuilder.ts';
import { readArchiveFile } from './read-archive-file.ts';
import { type ReadOptions, unexplained } from './read-object.ts';
import type { Verification } from './verification.ts';
import type { Finding } from './verify-report.ts';

/** What {@link verifyArchive} works with. */
export interface ArchiveDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly knownGaps: readonly KnownGap[];
  readonly run: Verification;
}

/** The archive as it was listed, and what became of indexes that were missing. */
export interface VerifiedArchive extends RebuiltIndexes {
  readonly archive: ArchiveListing;
}

/** Bounds the memory of segments that are read at the same time. */
const SEGMENT_BYTES_AT_ONCE = 64 * 1024 * 1024;

/**
 * Looks once at everything below `wal/` and `wal-index/`, and makes the indexes that segments lack.
 * Memory does not grow with the archive.
 *
 * An index outlives no segment, so one by itself tells that a segment was archived and is gone, even at
 * the end of the archive, where continuity cannot.
 *
 * @throws {@link OpsError} the store's own, when it cannot be read.
 */
export async function verifyArchive(
  { store, lineage, knownGaps, run }: ArchiveDeps,
  options: ReadOptions,
): Promise<VerifiedArchive> {
  const { deep, parallel, signal } = options;
  const gone = await readGoneWal(store, lineage, { signal });
  const fold = foldArchive(lineage, knownGaps, gone);
  const rebuilder = indexRebuilder(store, lineage, options);

  const checkIndex = async ({ head, isStranger }: IndexObject): Promise<void> => {
    // With many segments these are many; what they say is compared with their segments.
    if (!isStranger && !deep) run.count(head);
    else {
      await run.check(head, async () => {
        if (isStranger) throw unexplained(head.key, 'is no index of a segment at this place');
        await getRecord(store, head.key, SegmentIndexRecord, { signal });
        return undefined;
      });
    }
  };

  const checkRow = async (row: ArchiveRow): Promise<ArchiveRow> => {
    const { file, index } = row;
    if (index !== undefined) await checkIndex(index);
    if (file === undefined) {
      if (index === undefined || index.isStranger) return row;
      // It goes with its segment, and a store takes its time.
      if (isInRanges(gone, index.name)) return row;
      const key = lineage.keys.wal(index.name);
      // It may have been archived while the listings ran.
      if ((await store.head(key, { signal })) === undefined) run.find(goneSegment(key));
      return row;
    }
    if (file.kind === 'segment' && index === undefined) {
      run.find(...(await rebuilder.rebuild(file.name)));
    }
    if (deep || file.kind === 'history') {
      await run.check(file.head, async () =>
        readArchiveFile(store, lineage, file.head.key, options),
      );
    } else {
      run.count(file.head);
    }
    return row;
  };

  const room = Math.floor(SEGMENT_BYTES_AT_ONCE / lineage.identity.segmentBytes);
  const concurrency = Math.max(1, Math.min(parallel, room));
  const rows = pMapIterable(archiveRows(store, lineage, { signal }), checkRow, { concurrency });
  for await (const { file } of rows) if (file !== undefined) fold.add(file);
  return { archive: await fold.listing(store, { signal }), ...rebuilder.result() };
}

function goneSegment(key: string): Finding {
  const detail = 'its index is there: the segment was archived, and is gone';
  return { code: 'STORE-ABSENT', object: key, detail };
}
