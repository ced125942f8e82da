import type { CallOptions } from '../../ports/object-store.ts';
import type { SegmentRun } from '../continuity.ts';
import type { Lsn } from '../lsn.ts';
import { type RecordTail, walkRecords } from '../records.ts';
import type { RecordPlace } from '../wal-event.ts';
import { joinHalves } from './crossing-record.ts';
import { type IndexedArchive, readIndexes, readSegment } from './read-index.ts';
import { namesOf } from './walk-events.ts';

/**
 * The first record on a path that begins at or after `lsn`, where PostgreSQL stops for a target by LSN.
 *
 * @param runs - consecutive segments, from the one before that of `lsn` on if there is one.
 * @returns `undefined` when no whole record begins there.
 * @throws {@link OpsError} as {@link walkEvents}.
 * @see PostgreSQL recoveryStopsAfter, src/backend/access/transam/xlogrecovery.c
 */
export async function findRecordFrom(
  archive: IndexedArchive,
  runs: readonly SegmentRun[],
  lsn: Lsn,
  options: CallOptions = {},
): Promise<RecordPlace | undefined> {
  const names = namesOf(runs, archive.lineage.identity.segmentBytes);
  let open: RecordTail | undefined;
  let ended: Lsn | undefined;
  for await (const segment of readIndexes(archive, names, options)) {
    const { name, index, startLsn, endLsn } = segment;
    const { record, open: next } = joinHalves(open, index, endLsn);
    if (record !== undefined && record.lsn >= lsn) {
      return { lsn: record.lsn, endLsn: record.endLsn, previousEndLsn: ended };
    }
    if (index.lastRecordLsn !== undefined && index.lastRecordLsn >= lsn) {
      const { plain } = await readSegment(archive, name, options);
      const place = firstFrom(plain, lsn);
      if (place !== undefined) return { ...place, previousEndLsn: place.previousEndLsn ?? ended };
    }
    open = next;
    if (index.endLsn > startLsn) ended = index.endLsn;
  }
  return undefined;
}

/** The first record from `lsn` on that lies in one segment whole. */
function firstFrom(bytes: Uint8Array, lsn: Lsn): RecordPlace | undefined {
  let first: RecordPlace | undefined;
  walkRecords(bytes, (span, reader) => {
    if (first !== undefined) return;
    const place = reader.place(span);
    if (place.lsn >= lsn) first = place;
  });
  return first;
}
