import { OpsError } from '../errors/ops-error.ts';
import type { Lsn } from './lsn.ts';
import { isSegmentBytes, isTimeline } from './segment.ts';

/** The long header that begins every segment. */
export interface SegmentHeader {
  /** PostgreSQL's major version; `undefined` when `magic` is not one of 13–18. */
  readonly major: number | undefined;
  readonly magic: number;
  /** Timeline of the first page: the name's, or an ancestor's in a copy made by a promotion. */
  readonly timeline: number;
  /** Decimal. */
  readonly systemIdentifier: string;
  readonly segmentBytes: number;
  /** Bytes of a WAL page. */
  readonly pageBytes: number;
  readonly startLsn: Lsn;
}

/** Header at the start of any page but a segment's first; little-endian on every platform we run on. */
export interface PageHeader {
  readonly magic: number;
  /** Whether nothing is said in `xlp_info` that no server says. */
  readonly isKnown: boolean;
  readonly isLong: boolean;
  /** Whether the page takes the place of the rest of such a record, which a crash cut off. */
  readonly isOverwriting: boolean;
  /** Whether the page begins with the rest of a record from the page before. */
  readonly isContinuation: boolean;
  readonly timeline: number;
  readonly pageLsn: Lsn;
  /** Bytes of that record still to come, from this page on. */
  readonly remainingBytes: number;
}

/** `XLOG_PAGE_MAGIC` in src/include/access/xlog_internal.h of each release branch. */
const MAJOR_BY_MAGIC: ReadonlyMap<number, number> = new Map([
  [0xd106, 13],
  [0xd10d, 14],
  [0xd110, 15],
  [0xd113, 16],
  [0xd116, 17],
  [0xd118, 18],
]);

/** `SizeOfXLogShortPHD` and `SizeOfXLogLongPHD`. */
export const SHORT_HEADER_BYTES = 24;
export const LONG_HEADER_BYTES = 40;

const FLAG_CONTINUATION = 0x01;
const FLAG_LONG = 0x02;
/** `XLP_FIRST_IS_OVERWRITE_CONTRECORD`. */
const FLAG_OVERWRITING = 0x08;
/** The highest set of `XLP_ALL_FLAGS` in any of these releases. */
const ALL_FLAGS = 0x0f;
/** `XLOG_BLCKSZ` can be built as 1 to 64 kB. */
const MIN_PAGE_BYTES = 1024;
const MAX_PAGE_BYTES = 65_536;

/** The page header at byte `offset`, unproved. The bytes must be there. */
export function readPageHeader(view: DataView, offset: number): PageHeader {
  const flags = view.getUint16(offset + 2, true);
  const isKnown = (flags & ~ALL_FLAGS) === 0;
  return {
    magic: view.getUint16(offset, true),
    isKnown,
    isLong: isKnown && (flags & FLAG_LONG) !== 0,
    isOverwriting: isKnown && (flags & FLAG_OVERWRITING) !== 0,
    isContinuation: isKnown && (flags & FLAG_CONTINUATION) !== 0,
    timeline: view.getUint32(offset + 4, true),
    pageLsn: view.getBigUint64(offset + 8, true),
    remainingBytes: view.getUint32(offset + 16, true),
  };
}

/** Takes from the first page of a segment that a record goes on there. */
export function dropContinuation(segment: Uint8Array): void {
  const view = viewOf(segment);
  view.setUint16(2, view.getUint16(2, true) & ~FLAG_CONTINUATION, true);
  view.setUint32(16, 0, true);
}

/** `bytes` as numbers can be read from it. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads the long header at the start of a segment.
 *
 * @param bytes - the segment, or at least its first 40 bytes.
 * @throws {@link OpsError} `WAL-PAGE` when they are not a long header.
 * @see PostgreSQL XLogLongPageHeaderData, src/include/access/xlog_internal.h
 */
export function readSegmentHeader(bytes: Uint8Array): SegmentHeader {
  if (bytes.byteLength < LONG_HEADER_BYTES) {
    throw badPage(`WAL of ${bytes.byteLength} bytes is shorter than a page header`);
  }
  const view = viewOf(bytes);
  const { magic, isLong, timeline, pageLsn } = readPageHeader(view, 0);
  const segmentBytes = view.getUint32(32, true);
  const pageBytes = view.getUint32(36, true);
  const isPageBytes =
    pageBytes >= MIN_PAGE_BYTES &&
    pageBytes <= MAX_PAGE_BYTES &&
    Number.isInteger(Math.log2(pageBytes));
  if (!isLong || !isTimeline(timeline) || !isSegmentBytes(segmentBytes) || !isPageBytes) {
    throw badPage('the bytes do not begin with the header of a WAL segment');
  }
  return {
    major: MAJOR_BY_MAGIC.get(magic),
    magic,
    timeline,
    systemIdentifier: String(view.getBigUint64(24, true)),
    segmentBytes,
    pageBytes,
    startLsn: pageLsn,
  };
}

/** What is no page of WAL where one belongs. */
export function badPage(what: string): OpsError {
  return new OpsError('WAL-PAGE', what, {
    hint: 'the segment is unfinished, damaged or not WAL: pg_waldump shows how far it can be read',
  });
}
