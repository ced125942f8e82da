import type { SegmentIndexRecord } from '../../store/records.ts';
import type { Lsn } from '../lsn.ts';
import { isSwitchRecord } from '../record-data.ts';
import type { RecordTail } from '../records.ts';

/** A record that crosses into another segment, joined. */
export interface CrossingRecord {
  readonly lsn: Lsn;
  readonly endLsn: Lsn;
  /** Its first bytes: all of them, or at least 4 KiB. */
  readonly bytes: Uint8Array;
}

/** What {@link joinHalves} makes of a record begun before and the segment after it. */
export interface Joined {
  /** The record, when it ends in this segment. */
  readonly record?: CrossingRecord;
  /** What goes on in the next one; to be given back with it. */
  readonly open: RecordTail | undefined;
}

/**
 * Joins a record that was left open by the segments before with this segment's part of it. A record
 * that a crash cut off is dropped: what should continue it says otherwise.
 *
 * @param open - what the call for the segment before gave back; `undefined` to begin with.
 * @param segmentEndLsn - where this segment ends, as does a switch of WAL that is split in two.
 */
export function joinHalves(
  open: RecordTail | undefined,
  index: Pick<SegmentIndexRecord, 'head' | 'tail'>,
  segmentEndLsn: Lsn,
): Joined {
  const { head, tail } = index;
  if (open === undefined || head === undefined) return { open: tail };
  if (open.totalBytes - open.passedBytes !== head.remainingBytes) return { open: tail };
  const isWhole = open.bytes.byteLength === open.passedBytes;
  const bytes = isWhole ? Buffer.concat([open.bytes, head.bytes]) : open.bytes;
  if (head.endLsn === undefined) {
    return { open: { ...open, bytes, passedBytes: open.passedBytes + head.passedBytes } };
  }
  const endLsn = isSwitchRecord(bytes) ? segmentEndLsn : head.endLsn;
  return { record: { lsn: open.lsn, endLsn, bytes }, open: tail };
}
