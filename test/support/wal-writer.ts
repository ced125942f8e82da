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

/** Where {@link writeWal} put a record: its end as PostgreSQL counts it. */
export interface WrittenRecord {
  readonly endLsn: Lsn;
}

/** Writes `records` one after the other into whole segments of 1 MiB, padded with zeros. */
export function writeWal(
  startLsn: Lsn,
  records: readonly Uint8Array[],
  timeline = 1,
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
    while (done < record.byteLength) {
      if (at % PAGE_BYTES === 0) openPage(done === 0 ? 0 : record.byteLength - done);
      const part = Math.min(record.byteLength - done, PAGE_BYTES - (at % PAGE_BYTES));
      lastOf(segments).set(record.subarray(done, done + part), at % MiB);
      done += part;
      at += part;
    }
    at = Math.ceil(at / 8) * 8;
    written.push({ endLsn: startLsn + BigInt(at) });
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

/** A commit with `rest` behind its time; `headers` stand before the header of its main data. */
export function commitRecord(
  xid: number,
  timeMs: number,
  { info = 0, rest = NOTHING, headers = NOTHING } = {},
): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigInt64LE(BigInt(timeMs - POSTGRES_EPOCH_MS) * 1000n + 789n);
  const data = Buffer.concat([time, rest]);
  const long = Buffer.from([254, 0, 0, 0, 0]);
  long.writeUInt32LE(data.byteLength, 1);
  const dataHeader = data.byteLength < 256 ? Buffer.from([255, data.byteLength]) : long;
  return record(1, info, xid, Buffer.concat([headers, dataHeader, data]));
}

function lastOf(segments: readonly Buffer[]): Buffer {
  const segment = segments.at(-1);
  if (segment === undefined) throw new Error('no segment is open');
  return segment;
}
