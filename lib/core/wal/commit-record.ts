import { viewOf } from './page.ts';

/** What a commit's WAL record says. */
export interface Commit {
  /** By the server's clock, cut to milliseconds. */
  readonly time: Date;
  /** Of a prepared transaction its own id, not its committer's; 0 when it cannot be told. */
  readonly xid: number;
}

/** `SizeOfXLogRecord`. */
export const RECORD_HEADER_BYTES = 24;

/** Offsets in `XLogRecord`. */
const XID_AT = 4;
const INFO_AT = 16;
const RMGR_AT = 17;

const RMGR_XLOG = 0;
const RMGR_XACT = 1;
const XLOG_OPERATIONS = 0xf0;
const XLOG_SWITCH = 0x40;
const XACT_OPERATIONS = 0x70;
const XACT_COMMIT = 0x00;
const XACT_COMMIT_PREPARED = 0x30;
const XACT_HAS_INFO = 0x80;

/** Bytes from a header's id to what follows it; ids below 252 are block references. */
const DATA_HEADER_BYTES: ReadonlyMap<number, number> = new Map([
  [255, 2],
  [254, 5],
]);
const OTHER_HEADER_BYTES: ReadonlyMap<number, number> = new Map([
  [253, 3],
  [252, 5],
]);

const MICROS_PER_MILLI = 1000n;
/** PostgreSQL counts time from 2000-01-01 UTC. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** Flags of `xinfo`, with the bytes of an item of the counted list each stands for, in order. */
const HAS_DBINFO = 0x01;
const HAS_TWOPHASE = 0x10;
const DBINFO_BYTES = 8;
const COUNTED_LISTS = [
  { flag: 0x02, itemBytes: () => 4 },
  { flag: 0x04, itemBytes: () => 12 },
  // Dropped statistics: the object's id became 8 bytes wide in 18.
  { flag: 0x100, itemBytes: (major: number) => (major >= 18 ? 16 : 12) },
  { flag: 0x08, itemBytes: () => 16 },
] as const;

/** Whether `record` ends its segment, as pg_switch_wal() makes it do. */
export function isSwitchRecord(record: Uint8Array): boolean {
  const info = record[INFO_AT] ?? 0;
  return record[RMGR_AT] === RMGR_XLOG && (info & XLOG_OPERATIONS) === XLOG_SWITCH;
}

/**
 * Reads a commit from its record, or from the record's first bytes.
 *
 * @param major - PostgreSQL's major version.
 * @returns `undefined` for any other record, and for a commit of a shape no server writes.
 * @see PostgreSQL ParseCommitRecord, src/backend/access/rmgrdesc/xactdesc.c, and
 *   src/include/access/xlogrecord.h
 */
export function readCommit(record: Uint8Array, major: number): Commit | undefined {
  if (record[RMGR_AT] !== RMGR_XACT) return undefined;
  const info = record[INFO_AT] ?? 0;
  const operation = info & XACT_OPERATIONS;
  if (operation !== XACT_COMMIT && operation !== XACT_COMMIT_PREPARED) return undefined;
  const dataAt = findMainData(record);
  if (dataAt === undefined || dataAt + 8 > record.byteLength) return undefined;
  const view = viewOf(record);
  const millis = Number(view.getBigInt64(dataAt, true) / MICROS_PER_MILLI);
  const time = new Date(POSTGRES_EPOCH_MS + millis);
  if (operation === XACT_COMMIT) return { time, xid: view.getUint32(XID_AT, true) };
  const hasInfo = (info & XACT_HAS_INFO) !== 0;
  return { time, xid: hasInfo ? readPreparedXid(view, dataAt + 8, major) : 0 };
}

function findMainData(record: Uint8Array): number | undefined {
  let at = RECORD_HEADER_BYTES;
  for (;;) {
    const id = record[at] ?? 0;
    const dataHeader = DATA_HEADER_BYTES.get(id);
    if (dataHeader !== undefined) return at + dataHeader;
    const otherHeader = OTHER_HEADER_BYTES.get(id);
    if (otherHeader === undefined) return undefined;
    at += otherHeader;
  }
}

/** `twophase_xid`, which stands behind lists of any length; 0 when the bytes end before it. */
function readPreparedXid(view: DataView, infoAt: number, major: number): number {
  const readUint32 = (at: number): number =>
    at + 4 <= view.byteLength ? view.getUint32(at, true) : 0;
  const flags = readUint32(infoAt);
  if ((flags & HAS_TWOPHASE) === 0) return 0;
  let at = infoAt + 4 + ((flags & HAS_DBINFO) === 0 ? 0 : DBINFO_BYTES);
  for (const { flag, itemBytes } of COUNTED_LISTS) {
    if ((flags & flag) !== 0) at += 4 + readUint32(at) * itemBytes(major);
  }
  return readUint32(at);
}
