import type { CallOptions } from '../../ports/object-store.ts';
import type { SegmentRun } from '../continuity.ts';
import type { Lsn } from '../lsn.ts';
import type { Micros } from '../micros.ts';
import { type RecordTail, walkRecords } from '../records.ts';
import { readTransactionEnd } from '../transaction-record.ts';
import type { RecordPlace } from '../wal-event.ts';
import { joinHalves } from './crossing-record.ts';
import { type IndexedArchive, readIndexes, readSegment } from './read-index.ts';
import { namesOf } from './walk-events.ts';

/** A record, and when the transaction ended of which it is the end. */
export interface FoundRecord extends RecordPlace {
  readonly endTime?: Micros | undefined;
}

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
): Promise<FoundRecord | undefined> {
  const { major } = archive.lineage.id;
  const names = namesOf(runs, archive.lineage.identity.segmentBytes);
  let open: RecordTail | undefined;
  let ended: Lsn | undefined;
  for await (const segment of readIndexes(archive, names, options)) {
    const { name, index, startLsn, endLsn } = segment;
    const { record, open: next } = joinHalves(open, index, endLsn);
    if (record !== undefined && record.lsn >= lsn) {
      const { lsn: begins, endLsn: ends, bytes } = record;
      return { lsn: begins, endLsn: ends, previousEndLsn: ended, ...endTimeOf(bytes, major) };
    }
    if (index.lastRecordLsn !== undefined && index.lastRecordLsn >= lsn) {
      const { plain } = await readSegment(archive, name, options);
      const place = firstFrom(plain, lsn, major);
      if (place !== undefined) return { ...place, previousEndLsn: place.previousEndLsn ?? ended };
    }
    open = next;
    if (index.endLsn > startLsn) ended = index.endLsn;
  }
  return undefined;
}

/** The first record from `lsn` on that lies in one segment whole. */
function firstFrom(bytes: Uint8Array, lsn: Lsn, major: number): FoundRecord | undefined {
  let first: FoundRecord | undefined;
  walkRecords(bytes, (span, reader) => {
    if (first !== undefined) return;
    const place = reader.place(span);
    if (place.lsn >= lsn) first = { ...place, ...endTimeOf(reader.read(span), major) };
  });
  return first;
}

function endTimeOf(record: Uint8Array, major: number): Pick<FoundRecord, 'endTime'> {
  const ending = readTransactionEnd(record, major);
  return ending === undefined ? {} : { endTime: ending.time };
}
