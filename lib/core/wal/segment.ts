import { OpsError } from '../errors/ops-error.ts';
import { formatLsn, type Lsn } from './lsn.ts';

/** One WAL segment, without its size. */
export interface SegmentRef {
  /** Timeline id, 1 to 2^32 − 1. */
  readonly timeline: number;
  /** PostgreSQL's `XLogSegNo`: start LSN divided by the segment size. */
  readonly number: bigint;
}

/** What the name of a WAL segment says. */
export interface Segment extends SegmentRef {
  readonly name: string;
  /** First byte. */
  readonly startLsn: Lsn;
  /** First byte after it. */
  readonly endLsn: Lsn;
}

const SEGMENT_NAME = /^[0-9A-F]{24}$/;
const MIN_SEGMENT_BYTES = 1024 * 1024;
const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;
const MAX_TIMELINE = 0xffff_ffff;
const LOG_BYTES = 0x1_0000_0000n;
const LOG_COUNT = 0x1_0000_0000n;

/** Whether `bytes` can be a `wal_segment_size`: a power of two, 1 MiB to 1 GiB. */
export function isSegmentBytes(bytes: number): boolean {
  return (
    bytes >= MIN_SEGMENT_BYTES && bytes <= MAX_SEGMENT_BYTES && Number.isInteger(Math.log2(bytes))
  );
}

/**
 * Proves that `bytes` can be a `wal_segment_size`.
 *
 * @throws {@link OpsError} `WAL-SEGMENT-SIZE` when it is not a power of two from 1 MiB to 1 GiB.
 * @see PostgreSQL IsValidWalSegSize, src/include/access/xlog_internal.h
 */
export function assertSegmentBytes(bytes: number): void {
  if (isSegmentBytes(bytes)) return;
  throw new OpsError('WAL-SEGMENT-SIZE', `${bytes} bytes is not a size of WAL segments`, {
    hint: 'wal_segment_size is a power of two from 1 MiB to 1 GiB: ask the server with SHOW',
    details: { segmentBytes: bytes },
  });
}

/** Whether `timeline` can be a timeline id. */
export function isTimeline(timeline: number): boolean {
  return Number.isInteger(timeline) && timeline >= 1 && timeline <= MAX_TIMELINE;
}

/** Whether `name` has the shape of a segment's name; its numbers are proved by {@link parseSegment}. */
export function isSegmentName(name: string): boolean {
  return SEGMENT_NAME.test(name);
}

/**
 * What `name` says of its segment.
 *
 * @param segmentBytes - the cluster's `wal_segment_size` in bytes.
 * @throws {@link OpsError} `WAL-NAME` when `name` is not 24 upper-case hex digits, has timeline 0,
 *   or counts past the segments in 4 GiB; `WAL-SEGMENT-SIZE`.
 * @see PostgreSQL XLogFromFileName, src/include/access/xlog_internal.h
 * @example parseSegment('000000010000000100000002', 16 * MiB).startLsn // 0x1_0200_0000n
 */
export function parseSegment(name: string, segmentBytes: number): Segment {
  assertSegmentBytes(segmentBytes);
  if (!isSegmentName(name)) throw badName(name, 'is not the name of a WAL segment');
  const timeline = Number.parseInt(name.slice(0, 8), 16);
  if (!isTimeline(timeline)) throw badName(name, 'has timeline 0, which does not exist');
  const size = BigInt(segmentBytes);
  const low = BigInt(`0x${name.slice(16)}`);
  if (low >= LOG_BYTES / size) {
    throw badName(name, `is not a name that segments of ${segmentBytes} bytes can have`);
  }
  const number = BigInt(`0x${name.slice(8, 16)}`) * (LOG_BYTES / size) + low;
  return { name, timeline, number, startLsn: number * size, endLsn: (number + 1n) * size };
}

/**
 * Name of segment `number` on `timeline`.
 *
 * @throws {@link OpsError} `WAL-NAME` when no such segment can exist; `WAL-SEGMENT-SIZE`.
 * @see PostgreSQL XLogFileName, src/include/access/xlog_internal.h
 */
export function segmentName(timeline: number, number: bigint, segmentBytes: number): string {
  assertSegmentBytes(segmentBytes);
  const perLog = LOG_BYTES / BigInt(segmentBytes);
  if (!isTimeline(timeline) || number < 0n || number >= perLog * LOG_COUNT) {
    throw badName(`segment ${number} of timeline ${timeline}`, 'cannot exist');
  }
  return hex8(timeline) + hex8(number / perLog) + hex8(number % perLog);
}

/**
 * Name of the segment that holds the byte at `lsn`.
 *
 * @throws {@link OpsError} `WAL-NAME`, `WAL-SEGMENT-SIZE`.
 * @see PostgreSQL XLByteToSeg, src/include/access/xlog_internal.h
 */
export function segmentAt(timeline: number, lsn: Lsn, segmentBytes: number): string {
  return segmentName(timeline, segmentNumberAt(lsn, segmentBytes), segmentBytes);
}

/**
 * Name of the segment that holds the byte before `lsn`: the last one needed up to that end.
 *
 * @throws {@link OpsError} `WAL-LSN` when `lsn` is 0, before which there is nothing; `WAL-NAME`,
 *   `WAL-SEGMENT-SIZE`.
 * @see PostgreSQL XLByteToPrevSeg, src/include/access/xlog_internal.h
 */
export function segmentBefore(timeline: number, lsn: Lsn, segmentBytes: number): string {
  if (lsn <= 0n) {
    throw new OpsError('WAL-LSN', `no WAL lies before ${formatLsn(lsn)}`, {
      hint: 'an end of WAL is never 0/0: look where this position came from',
    });
  }
  return segmentAt(timeline, lsn - 1n, segmentBytes);
}

/** Number of the segment that holds the byte at `lsn`; throws as {@link assertSegmentBytes}. */
export function segmentNumberAt(lsn: Lsn, segmentBytes: number): bigint {
  assertSegmentBytes(segmentBytes);
  return lsn / BigInt(segmentBytes);
}

/**
 * Name of the segment after `name` on the same timeline.
 *
 * @throws {@link OpsError} `WAL-NAME` also when `name` is the last segment there can be;
 *   `WAL-SEGMENT-SIZE`.
 * @example nextSegment('0000000100000000000000FF', 16 * MiB) // '000000010000000100000000'
 */
export function nextSegment(name: string, segmentBytes: number): string {
  const { timeline, number } = parseSegment(name, segmentBytes);
  return segmentName(timeline, number + 1n, segmentBytes);
}

function hex8(value: number | bigint): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}

function badName(name: string, what: string): OpsError {
  return new OpsError('WAL-NAME', `${name} ${what}`, {
    hint: 'segments are named by PostgreSQL: 8 hex digits each for timeline, log and segment',
    details: { name },
  });
}
