import { crc32c } from '../../lib/core/wal/crc-32c.ts';
import type { Lsn } from '../../lib/core/wal/lsn.ts';
import { LONG_HEADER_BYTES, SHORT_HEADER_BYTES } from '../../lib/core/wal/page.ts';

export const MiB = 1024 * 1024;
export const PAGE_BYTES = 8192;
export const SYSTEM_IDENTIFIER = '7400000000000000001';

/** Identity of every segment written here. */
export const IDENTITY = { systemIdentifier: SYSTEM_IDENTIFIER, major: 15, segmentBytes: MiB };

const NOTHING: Uint8Array = new Uint8Array();
const MAGIC_15 = 0xd110;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** Where {@link writeWal} put a record: its first byte, and its end as PostgreSQL counts it. */
export interface WrittenRecord {
  readonly lsn: Lsn;
  readonly endLsn: Lsn;
}

/**
 * Writes `records` one after the other into whole segments of 1 MiB, padded with zeros. Each gets its
 * checksum and its link to the one before, the first to `previousLsn`.
 */
export function writeWal(
  startLsn: Lsn,
  records: readonly Buffer[],
  timeline = 1,
  previousLsn = 0n,
): { readonly segments: readonly Buffer[]; readonly written: readonly WrittenRecord[] } {
  const segments: Buffer[] = [];
  const written: WrittenRecord[] = [];
  let at = 0;
  const openPage = (remainingBytes: number): void => {
    const isFirst = at % MiB === 0;
    if (isFirst) segments.push(Buffer.alloc(MiB));
    const segment = lastOf(segments);
    writePageHeader(segment, at % MiB, startLsn + BigInt(at), { timeline, remainingBytes });
    at += isFirst ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES;
  };
  for (const record of records) {
    let done = 0;
    if (at % PAGE_BYTES === 0) openPage(0);
    const lsn = startLsn + BigInt(at);
    sealRecord(record, written.at(-1)?.lsn ?? previousLsn);
    while (done < record.byteLength) {
      if (at % PAGE_BYTES === 0) openPage(record.byteLength - done);
      const part = Math.min(record.byteLength - done, PAGE_BYTES - (at % PAGE_BYTES));
      lastOf(segments).set(record.subarray(done, done + part), at % MiB);
      done += part;
      at += part;
    }
    at = Math.ceil(at / 8) * 8;
    written.push({ lsn, endLsn: startLsn + BigInt(at) });
  }
  return { segments, written };
}

/** Writes one page header; a long one at the start of a segment. */
export function writePageHeader(
  segment: Buffer,
  offset: number,
  pageLsn: Lsn,
  { timeline = 1, remainingBytes = 0 } = {},
): void {
  const flags = (remainingBytes > 0 ? 1 : 0) | (offset === 0 ? 2 : 0);
  segment.writeUInt16LE(MAGIC_15, offset);
  segment.writeUInt16LE(flags, offset + 2);
  segment.writeUInt32LE(timeline, offset + 4);
  segment.writeBigUInt64LE(pageLsn, offset + 8);
  segment.writeUInt32LE(remainingBytes, offset + 16);
  if (offset > 0) return;
  segment.writeBigUInt64LE(BigInt(SYSTEM_IDENTIFIER), 24);
  segment.writeUInt32LE(segment.byteLength, 32);
  segment.writeUInt32LE(PAGE_BYTES, 36);
}

/** A segment of `pages` pages without records; the rest is zero, as after a switch of WAL. */
export function emptySegment(
  startLsn: Lsn,
  { timeline = 1, pages = MiB / PAGE_BYTES } = {},
): Buffer {
  const segment = Buffer.alloc(MiB);
  for (let page = 0; page < pages; page += 1) {
    const offset = page * PAGE_BYTES;
    writePageHeader(segment, offset, startLsn + BigInt(offset), { timeline });
  }
  return segment;
}

/** Gives a record its link to the one before, and its checksum. */
export function sealRecord(bytes: Buffer, previousLsn: Lsn): void {
  bytes.writeBigUInt64LE(previousLsn, 8);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 20), crc32c(bytes.subarray(24))), 20);
}

/** A record of resource manager `rmgr` with `body` behind its header. */
export function record(rmgr: number, info: number, xid: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(24 + body.byteLength);
  bytes.writeUInt32LE(bytes.byteLength, 0);
  bytes.writeUInt32LE(xid, 4);
  bytes.writeUInt8(info, 16);
  bytes.writeUInt8(rmgr, 17);
  bytes.set(body, 24);
  return bytes;
}

/** A record with nothing but main data. */
export function dataRecord(rmgr: number, info: number, xid: number, data: Uint8Array): Buffer {
  const long = Buffer.from([254, 0, 0, 0, 0]);
  long.writeUInt32LE(data.byteLength, 1);
  const dataHeader = data.byteLength < 256 ? Buffer.from([255, data.byteLength]) : long;
  return record(rmgr, info, xid, Buffer.concat([dataHeader, data]));
}

/** A restore point. */
export function restorePointRecord(name: string, timeMs: number): Buffer {
  const padded = Buffer.alloc(64);
  padded.write(name);
  return dataRecord(0, 0x70, 0, Buffer.concat([postgresTime(timeMs), padded]));
}

/** A tablespace is created. */
export function tablespaceRecord(oid: number, location: string): Buffer {
  const data = Buffer.concat([Buffer.alloc(4), Buffer.from(`${location}\0`)]);
  data.writeUInt32LE(oid, 0);
  return dataRecord(5, 0, 7, data);
}

/** A server is started with these limits, in the order of `xl_parameter_change`. */
export function limitsRecord(limits: readonly number[]): Buffer {
  const data = Buffer.alloc(28);
  for (const [index, limit] of limits.entries()) data.writeUInt32LE(limit, 4 * index);
  return dataRecord(0, 0x60, 0, data);
}

/** The end of a recovery: a timeline begins. */
export function switchRecord(from: number, to: number): Buffer {
  const data = Buffer.alloc(20);
  data.writeUInt32LE(to, 8);
  data.writeUInt32LE(from, 12);
  return dataRecord(0, 0x90, 0, data);
}

/**
 * A commit with `rest` behind its time, 789 microseconds after `timeMs`; `headers` stand before the
 * header of its main data, and `info` makes it another end of a transaction.
 */
export function commitRecord(
  xid: number,
  timeMs: number,
  { info = 0, rest = NOTHING, headers = NOTHING } = {},
): Buffer {
  const data = Buffer.concat([postgresTime(timeMs), rest]);
  const long = Buffer.from([254, 0, 0, 0, 0]);
  long.writeUInt32LE(data.byteLength, 1);
  const dataHeader = data.byteLength < 256 ? Buffer.from([255, data.byteLength]) : long;
  return record(1, info, xid, Buffer.concat([headers, dataHeader, data]));
}

function postgresTime(timeMs: number): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigInt64LE(BigInt(timeMs - POSTGRES_EPOCH_MS) * 1000n + 789n);
  return time;
}

function lastOf(segments: readonly Buffer[]): Buffer {
  const segment = segments.at(-1);
  if (segment === undefined) throw new Error('no segment is open');
  return segment;
}
