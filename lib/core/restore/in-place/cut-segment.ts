import { readIntactRecords, type WalReading } from '../../wal/intact-records.ts';
import { dropContinuation, LONG_HEADER_BYTES } from '../../wal/page.ts';

/**
 * An unfinished segment as a server would have archived it, had it ended it there: behind the last
 * record that a replay would read are zeros, instead of what a crash tore or the recycled file held.
 *
 * @param bytes - the file; its first page must be the segment's own.
 * @param before - what reading the segment before came to, if that is known.
 * @throws {@link OpsError} `WAL-PAGE` when it does not begin with the header of a segment.
 * @see PostgreSQL CopyXLogRecordToWAL, src/backend/access/transam/xlog.c, for ends of WAL
 */
export function cutSegment(bytes: Uint8Array, before?: WalReading): Uint8Array {
  const { endAt } = readIntactRecords(bytes, before);
  const cut = Uint8Array.from(bytes).fill(0, Math.max(endAt, LONG_HEADER_BYTES));
  if (endAt === 0) dropContinuation(cut);
  return cut;
}
