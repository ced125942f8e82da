import { crc32c } from './crc-32c.ts';
import type { Lsn } from './lsn.ts';
import {
  LONG_HEADER_BYTES,
  type PageHeader,
  readPageHeader,
  readSegmentHeader,
  SHORT_HEADER_BYTES,
  viewOf,
} from './page.ts';
import {
  alignRecord,
  CRC_AT,
  isSwitchRecord,
  PREVIOUS_AT,
  RECORD_HEADER_BYTES,
} from './record-data.ts';

/** Where a reader of WAL stands. */
export interface WalReading {
  /** Start of the last record that was read; `undefined` before the first. */
  readonly previousLsn: Lsn | undefined;
  /** A record that goes on. */
  readonly open: ReadRecord | undefined;
}

/** As much of a record as was read: it may be large, so that its data is only summed up. */
export interface ReadRecord {
  readonly lsn: Lsn;
  readonly totalBytes: number;
  readonly seenBytes: number;
  readonly header: Uint8Array;
  /** Of the data behind the header. */
  readonly dataCrc: number;
}

/** How far the records of a segment are intact. */
export interface IntactRecords {
  /**
   * Offset of the first byte that is no longer WAL: the segment's length when all of it is, 0 when
   * that is so already of the record that was to go on here.
   */
  readonly endAt: number;
  /** Whether a switch of WAL ends the segment there: PostgreSQL reads nothing behind it. */
  readonly isSwitched: boolean;
  /** Where the reader stands then; `undefined` when no record began here. */
  readonly after: WalReading | undefined;
}

/**
 * Reads through the records of a segment as a replay does, and stops where it would: at a page of
 * something else, a record whose checksum is wrong, or one that does not follow the record before.
 *
 * @param bytes - the file; its first page must be the segment's own.
 * @param before - what reading the segment before came to. @default - not known: a record that goes
 *   on from there is passed by
 * @throws {@link OpsError} `WAL-PAGE` when it does not begin with the header of a segment.
 * @see PostgreSQL XLogDecodeNextRecord, ValidXLogRecordHeader, ValidXLogRecord and
 *   XLogReaderValidatePageHeader, src/backend/access/transam/xlogreader.c
 */
export function readIntactRecords(bytes: Uint8Array, before?: WalReading): IntactRecords {
  const { pageBytes, startLsn, magic, ...first } = readSegmentHeader(bytes);
  const view = viewOf(bytes);
  let { timeline } = first;
  let previousLsn = before?.previousLsn;
  let open = before?.open;
  let openAt = 0;
  let isKnown = before !== undefined;
  const stop = (endAt: number, isSwitched = false): IntactRecords => ({
    endAt,
    isSwitched,
    after: isKnown ? { previousLsn, open: undefined } : undefined,
  });

  const isNext = (page: PageHeader, pageAt: number): boolean =>
    page.magic === magic &&
    page.isKnown &&
    page.isLong === (pageAt === 0) &&
    page.pageLsn === startLsn + BigInt(pageAt) &&
    page.timeline >= timeline;

  for (let pageAt = 0; pageAt < bytes.byteLength; pageAt += pageBytes) {
    const page = readPageHeader(view, pageAt);
    if (!isNext(page, pageAt)) return stop(open === undefined ? pageAt : openAt);
    ({ timeline } = page);
    const pageEnd = pageAt + pageBytes;
    let at = pageAt + (page.isLong ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES);
    // A crash cut it off, and the server that came back wrote on behind it.
    if (page.isOverwriting) open = undefined;
    if (open !== undefined && !isContinued(open, page)) return stop(openAt);
    if (open === undefined && page.isContinuation) {
      if (isKnown) return stop(pageAt);
      if (page.remainingBytes > pageEnd - at) continue;
      at = alignRecord(at + page.remainingBytes);
    }
    isKnown = true;
    while (at < pageEnd) {
      if (open === undefined) {
        const totalBytes = view.getUint32(at, true);
        if (totalBytes < RECORD_HEADER_BYTES) return stop(at);
        open = begin(startLsn + BigInt(at), totalBytes);
        openAt = at;
      }
      const here = Math.min(open.totalBytes - open.seenBytes, pageEnd - at);
      open = goOn(open, bytes.subarray(at, at + here));
      if (open.seenBytes < open.totalBytes) break;
      if (!isIntact(open, previousLsn)) return stop(openAt);
      previousLsn = open.lsn;
      at = alignRecord(at + here);
      // What is behind it is of before.
      if (isSwitchRecord(open.header)) return stop(at, true);
      open = undefined;
    }
  }
  const after = isKnown ? { previousLsn, open } : undefined;
  return { endAt: bytes.byteLength, isSwitched: false, after };
}

function begin(lsn: Lsn, totalBytes: number): ReadRecord {
  return { lsn, totalBytes, seenBytes: 0, header: new Uint8Array(), dataCrc: 0 };
}

function goOn(record: ReadRecord, bytes: Uint8Array): ReadRecord {
  const { header, seenBytes, dataCrc } = record;
  const ofHeader = Math.min(RECORD_HEADER_BYTES - header.byteLength, bytes.byteLength);
  return {
    ...record,
    seenBytes: seenBytes + bytes.byteLength,
    header: ofHeader === 0 ? header : Buffer.concat([header, bytes.subarray(0, ofHeader)]),
    dataCrc: crc32c(bytes.subarray(ofHeader), dataCrc),
  };
}

function isContinued({ totalBytes, seenBytes }: ReadRecord, page: PageHeader): boolean {
  return page.isContinuation && page.remainingBytes === totalBytes - seenBytes;
}

/** The checksum is of the data, then of the header before the checksum itself. */
function isIntact({ lsn, header, dataCrc }: ReadRecord, previousLsn: Lsn | undefined): boolean {
  const view = viewOf(header);
  const linked = view.getBigUint64(PREVIOUS_AT, true);
  const isLinked = previousLsn === undefined ? linked < lsn : linked === previousLsn;
  return isLinked && view.getUint32(CRC_AT, true) === crc32c(header.subarray(0, CRC_AT), dataCrc);
}
