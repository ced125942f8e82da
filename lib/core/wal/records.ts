import { OpsError } from '../errors/ops-error.ts';
import { isSwitchRecord, readCommit, RECORD_HEADER_BYTES } from './commit-record.ts';
import type { Lsn } from './lsn.ts';
import {
  LONG_HEADER_BYTES,
  readPageHeader,
  readSegmentHeader,
  SHORT_HEADER_BYTES,
  viewOf,
  type SegmentHeader,
} from './page.ts';

/** A commit, and where its record ends. */
export interface CommitPoint {
  /** First byte after the record. */
  readonly lsn: Lsn;
  /** By the server's clock, cut to milliseconds. */
  readonly time: Date;
  /** Of a prepared transaction its own id, not its committer's; 0 when it cannot be told. */
  readonly xid: number;
}

/** The start of a record that goes on in the next segment. */
export interface UnfinishedRecord {
  /** Its first bytes, at most 64 KiB. */
  readonly head: Uint8Array;
  readonly totalBytes: number;
  /** How many of them have passed. */
  readonly seenBytes: number;
  /** Start of the segment in which it goes on. */
  readonly nextLsn: Lsn;
}

/** What the records of one segment tell. */
export interface SegmentSummary {
  /** Absent when no commit ends in the segment. */
  readonly firstCommit?: CommitPoint;
  readonly lastCommit?: CommitPoint;
  /**
   * End of the last record that ends in the segment; the segment's start when none does. A switch
   * of WAL ends with its segment, as PostgreSQL counts it.
   */
  readonly endLsn: Lsn;
  /** To be carried into the next segment; absent when no record begun here goes on there. */
  readonly tail?: UnfinishedRecord;
}

/** A record whose bytes have passed as views into the segment. */
interface PassingRecord {
  readonly pieces: Uint8Array[];
  readonly totalBytes: number;
  seenBytes: number;
}

/** A record, or only the rest of one whose head is not known, that ends in the segment. */
interface EndedRecord {
  readonly head: Uint8Array | undefined;
  readonly endOffset: number;
}

/** Keeps what is carried small however long a record is; a commit's time is in its first bytes. */
const MAX_HEAD_BYTES = 64 * 1024;
/** `MAXALIGN`: every record begins at a multiple of it. */
const ALIGN_BYTES = 8;

/**
 * First and last commit of a whole segment and the end of its last record.
 *
 * A commit belongs to the segment in which its record ends. One that began in the segment before
 * is seen only when that segment's `tail` is given as `carry`; a `carry` that does not fit is ignored.
 *
 * @param bytes - a segment proved by {@link assertWholeSegment}; checksums of records are not verified.
 * @throws {@link OpsError} `WAL-PAGE` when `bytes` are not one whole segment.
 * @see PostgreSQL XLogReadRecord, src/backend/access/transam/xlogreader.c
 */
export function summarizeSegment(
  bytes: Uint8Array,
  options: { readonly carry?: UnfinishedRecord | undefined } = {},
): SegmentSummary {
  const header = readSegmentHeader(bytes);
  if (bytes.byteLength !== header.segmentBytes) {
    throw new OpsError(
      'WAL-PAGE',
      `a segment of ${header.segmentBytes} bytes has ${bytes.byteLength}`,
      {
        hint: 'only whole segments can be read: fetch it again',
      },
    );
  }
  const major = header.major ?? 0;
  let firstCommit: CommitPoint | undefined;
  let lastCommit: CommitPoint | undefined;
  let endLsn = header.startLsn;
  const records = readRecords(bytes, header, options.carry);
  let step = records.next();
  for (; step.done !== true; step = records.next()) {
    const { head, endOffset } = step.value;
    endLsn = header.startLsn + BigInt(endOffset);
    const commit = head && readCommit(head, major);
    if (commit === undefined) continue;
    lastCommit = { lsn: endLsn, ...commit };
    firstCommit ??= lastCommit;
  }
  const tail = step.value;
  return {
    endLsn,
    ...(firstCommit && lastCommit && { firstCommit, lastCommit }),
    ...(tail && { tail }),
  };
}

/** Records as they end, page by page; returns the one that does not. */
function* readRecords(
  bytes: Uint8Array,
  header: SegmentHeader,
  carry: UnfinishedRecord | undefined,
): Generator<EndedRecord, UnfinishedRecord | undefined> {
  const view = viewOf(bytes);
  let passing = carry?.nextLsn === header.startLsn ? resume(carry) : undefined;
  for (let pageAt = 0; pageAt < bytes.byteLength; pageAt += header.pageBytes) {
    const page = readPageHeader(view, pageAt);
    const pageEnd = pageAt + header.pageBytes;
    let at = pageAt + (page.isLong ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES);
    // After a crash a record may stay cut off: the page that should continue it says otherwise.
    if (!continues(passing, page.remainingBytes)) passing = undefined;
    if (page.isContinuation) {
      const end = Math.min(at + page.remainingBytes, pageEnd);
      if (passing) pass(passing, bytes.subarray(at, end));
      if (at + page.remainingBytes > pageEnd) continue;
      at = align(end);
      yield endRecord(passing, at, bytes.byteLength);
      passing = undefined;
    }
    while (at < pageEnd) {
      const totalBytes = view.getUint32(at, true);
      // Behind the last record, such as a switch of WAL, a page is zero.
      if (totalBytes < RECORD_HEADER_BYTES) return undefined;
      passing = { pieces: [], totalBytes, seenBytes: 0 };
      pass(passing, bytes.subarray(at, Math.min(at + totalBytes, pageEnd)));
      if (at + totalBytes > pageEnd) break;
      at = align(at + totalBytes);
      yield endRecord(passing, at, bytes.byteLength);
      passing = undefined;
    }
  }
  return passing && suspend(passing, header.startLsn + BigInt(bytes.byteLength));
}

function continues(passing: PassingRecord | undefined, remainingBytes: number): boolean {
  return passing !== undefined && passing.totalBytes - passing.seenBytes === remainingBytes;
}

function pass(record: PassingRecord, piece: Uint8Array): void {
  const room = Math.max(MAX_HEAD_BYTES - record.seenBytes, 0);
  if (room > 0) record.pieces.push(piece.subarray(0, room));
  record.seenBytes += piece.byteLength;
}

function endRecord(
  record: PassingRecord | undefined,
  endOffset: number,
  segmentBytes: number,
): EndedRecord {
  if (record === undefined) return { head: undefined, endOffset };
  const [only, ...others] = record.pieces;
  const head = only !== undefined && others.length === 0 ? only : Buffer.concat(record.pieces);
  return { head, endOffset: isSwitchRecord(head) ? segmentBytes : endOffset };
}

function resume({ head, totalBytes, seenBytes }: UnfinishedRecord): PassingRecord {
  return { pieces: [head], totalBytes, seenBytes };
}

/** Copies the head, so that it does not keep the whole segment in memory. */
function suspend({ pieces, totalBytes, seenBytes }: PassingRecord, nextLsn: Lsn): UnfinishedRecord {
  return { head: Buffer.concat(pieces), totalBytes, seenBytes, nextLsn };
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGN_BYTES) * ALIGN_BYTES;
}
