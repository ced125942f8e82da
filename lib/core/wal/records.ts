import { OpsError } from '../errors/ops-error.ts';
import type { Lsn } from './lsn.ts';
import {
  LONG_HEADER_BYTES,
  type PageHeader,
  readPageHeader,
  readSegmentHeader,
  SHORT_HEADER_BYTES,
  viewOf,
  type SegmentHeader,
} from './page.ts';
import { alignRecord, isSwitchRecord, RECORD_HEADER_BYTES, RMGR_AT } from './record-data.ts';
import type { RecordPlace } from './wal-event.ts';

/** The rest of a record that began in the segment before. */
export interface RecordHead {
  /** Its first bytes here, at most 4 KiB. */
  readonly bytes: Uint8Array;
  /** Bytes of the record still to come when the segment begins. */
  readonly remainingBytes: number;
  /** How many of them are here. */
  readonly passedBytes: number;
  /** First byte after the record; absent when it goes on behind this segment too. */
  readonly endLsn?: Lsn | undefined;
}

/** The start of a record that goes on in the next segment. */
export interface RecordTail {
  readonly lsn: Lsn;
  /** Its first bytes, at most 4 KiB. */
  readonly bytes: Uint8Array;
  readonly totalBytes: number;
  /** How many of them are here. */
  readonly passedBytes: number;
}

/** Where the records of one segment begin and end. */
export interface RecordBounds {
  /** End of the last record that ends here; the segment's start when none does. */
  readonly endLsn: Lsn;
  /** Start of the last record that begins here; absent when none does. */
  readonly lastRecordLsn?: Lsn;
  readonly head?: RecordHead;
  readonly tail?: RecordTail;
}

/** A record that lies in one segment whole; offsets in bytes from the segment's start. */
export interface RecordSpan {
  readonly start: number;
  readonly totalBytes: number;
  readonly end: number;
  /** `undefined` when the record before ended in an earlier segment. */
  readonly previousEnd: number | undefined;
  /** Id of its resource manager. */
  readonly rmgr: number;
}

/** Looks into a record: most are passed by, and there are many. */
export interface RecordReader {
  place(span: RecordSpan): RecordPlace;
  read(span: RecordSpan): Uint8Array;
}

/** Told each record that begins and ends in the segment, in order. */
export type RecordVisitor = (span: RecordSpan, reader: RecordReader) => void;

/** A record that goes on with the next page; without a start when it began in another segment. */
interface OpenRecord {
  readonly start: number | undefined;
  /** From its start, or from the segment's. */
  readonly totalBytes: number;
  seenBytes: number;
}

/** What can be looked into of a record that crosses into another segment, of either half. */
const MAX_HALF_BYTES = 4 * 1024;

/**
 * Walks through the records of a whole segment.
 *
 * A record that crosses into another segment is given in halves, so that each segment can be read by
 * itself; whoever has both neighbours joins them.
 *
 * @param bytes - a segment proved by {@link assertWholeSegment}; checksums of records are not verified.
 * @throws {@link OpsError} `WAL-PAGE` when `bytes` are not one whole segment.
 * @see PostgreSQL XLogReadRecord, src/backend/access/transam/xlogreader.c
 */
export function walkRecords(bytes: Uint8Array, visit: RecordVisitor): RecordBounds {
  const header = wholeSegmentHeader(bytes);
  const { pageBytes, startLsn } = header;
  const view = viewOf(bytes);
  const lsnAt = (offset: number): Lsn => startLsn + BigInt(offset);
  let open: OpenRecord | undefined;
  let head: RecordHead | undefined;
  let lastStart: number | undefined;
  let lastEnd: number | undefined;

  const reader: RecordReader = {
    read: ({ start, totalBytes }) => readRecord(bytes, pageBytes, start, totalBytes),
    place: ({ start, end: endAt, previousEnd }) => ({
      lsn: lsnAt(start),
      endLsn: lsnAt(endAt),
      previousEndLsn: previousEnd === undefined ? undefined : lsnAt(previousEnd),
    }),
  };

  const end = (start: number, totalBytes: number, at: number): void => {
    const rmgr = bytes[placeOf(start, RMGR_AT, pageBytes)] ?? 0;
    const span = { start, totalBytes, end: at, previousEnd: lastEnd, rmgr };
    const isSwitch = totalBytes === RECORD_HEADER_BYTES && isSwitchRecord(reader.read(span));
    lastStart = start;
    lastEnd = isSwitch ? bytes.byteLength : at;
    visit(isSwitch ? { ...span, end: lastEnd } : span, reader);
  };

  /** Gives where the next record begins; `undefined` when the page is all of one that goes on. */
  const finishOpen = (page: PageHeader, at: number, pageEnd: number): number | undefined => {
    // After a crash a record may stay cut off: the page that should continue it says otherwise.
    if (
      open &&
      !(page.isContinuation && page.remainingBytes === open.totalBytes - open.seenBytes)
    ) {
      open = undefined;
    }
    if (!page.isContinuation) return at;
    const here = Math.min(page.remainingBytes, pageEnd - at);
    if (open) open.seenBytes += here;
    if (page.remainingBytes > here) return undefined;
    const next = alignRecord(at + here);
    if (open?.start === undefined) lastEnd = next;
    else end(open.start, open.totalBytes, next);
    if (open && open.start === undefined) head = readHead(bytes, header, open, next);
    open = undefined;
    return next;
  };

  const walkPage = (pageAt: number): boolean => {
    const page = readPageHeader(view, pageAt);
    const pageEnd = pageAt + pageBytes;
    const headerBytes = page.isLong ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES;
    if (pageAt === 0 && page.isContinuation) {
      open = { start: undefined, totalBytes: page.remainingBytes, seenBytes: 0 };
    }
    let at = finishOpen(page, pageAt + headerBytes, pageEnd);
    while (at !== undefined && at < pageEnd) {
      const totalBytes = view.getUint32(at, true);
      // Behind the last record, such as a switch of WAL, a page is zero.
      if (totalBytes < RECORD_HEADER_BYTES) return false;
      if (at + totalBytes > pageEnd) {
        open = { start: at, totalBytes, seenBytes: pageEnd - at };
        return true;
      }
      end(at, totalBytes, alignRecord(at + totalBytes));
      at = alignRecord(at + totalBytes);
    }
    return true;
  };

  let pageAt = 0;
  // Behind a switch of WAL, which ends with the segment, a crash may leave pages of before.
  while (pageAt < bytes.byteLength && lastEnd !== bytes.byteLength && walkPage(pageAt)) {
    pageAt += pageBytes;
  }
  const last = open?.start ?? lastStart;
  const halves = open && readOpen(bytes, header, open);
  return {
    endLsn: lsnAt(lastEnd ?? 0),
    ...(last !== undefined && { lastRecordLsn: lsnAt(last) }),
    ...(head && { head }),
    ...halves,
  };
}

function wholeSegmentHeader(bytes: Uint8Array): SegmentHeader {
  const header = readSegmentHeader(bytes);
  if (bytes.byteLength === header.segmentBytes) return header;
  throw new OpsError(
    'WAL-PAGE',
    `a segment of ${header.segmentBytes} bytes has ${bytes.byteLength}`,
    { hint: 'only whole segments can be read: fetch it again' },
  );
}

/** What the last record of a segment leaves open: a tail, or a head that is all there is. */
function readOpen(
  bytes: Uint8Array,
  header: SegmentHeader,
  open: OpenRecord,
): Pick<RecordBounds, 'head' | 'tail'> {
  const { start, totalBytes, seenBytes } = open;
  if (start === undefined) return { head: readHead(bytes, header, open, undefined) };
  const half = readHalf(bytes, header.pageBytes, start, seenBytes);
  const lsn = header.startLsn + BigInt(start);
  return { tail: { lsn, bytes: half, totalBytes, passedBytes: seenBytes } };
}

function readHead(
  bytes: Uint8Array,
  { pageBytes, startLsn }: SegmentHeader,
  { totalBytes, seenBytes }: OpenRecord,
  endAt: number | undefined,
): RecordHead {
  return {
    bytes: readHalf(bytes, pageBytes, LONG_HEADER_BYTES, seenBytes),
    remainingBytes: totalBytes,
    passedBytes: seenBytes,
    ...(endAt !== undefined && { endLsn: startLsn + BigInt(endAt) }),
  };
}

/** Copies the bytes, so that they do not keep the whole segment in memory. */
function readHalf(bytes: Uint8Array, pageBytes: number, start: number, count: number): Uint8Array {
  return Uint8Array.from(readRecord(bytes, pageBytes, start, Math.min(count, MAX_HALF_BYTES)));
}

/** `count` bytes of the record at `start`, without the page headers in between. */
function readRecord(
  bytes: Uint8Array,
  pageBytes: number,
  start: number,
  count: number,
): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let [at, left] = [start, count]; left > 0;) {
    const here = Math.min(left, pageBytes - (at % pageBytes));
    pieces.push(bytes.subarray(at, at + here));
    left -= here;
    at += here + SHORT_HEADER_BYTES;
  }
  const [only, ...others] = pieces;
  return only !== undefined && others.length === 0 ? only : Buffer.concat(pieces);
}

/** Where byte `index` of the record at `start` lies. */
function placeOf(start: number, index: number, pageBytes: number): number {
  const inPage = start % pageBytes;
  const room = pageBytes - inPage;
  if (index < room) return start + index;
  const dataBytes = pageBytes - SHORT_HEADER_BYTES;
  const pagesOn = Math.floor((index - room) / dataBytes) + 1;
  const rest = (index - room) % dataBytes;
  return start - inPage + pagesOn * pageBytes + SHORT_HEADER_BYTES + rest;
}
