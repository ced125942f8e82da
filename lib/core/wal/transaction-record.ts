import { fromPostgresTime, type Micros } from './micros.ts';
import { viewOf } from './page.ts';
import { findMainData, INFO_AT, RMGR_AT, Rmgr, XID_AT } from './record-data.ts';

/** How a transaction ended, as its WAL record says. */
export interface TransactionOutcome {
  readonly outcome: 'commit' | 'abort';
  /** By the server's clock. */
  readonly time: Micros;
  /** Of a prepared transaction its own id, not its ender's; 0 when it cannot be told. */
  readonly xid: number;
}

const XACT_OPERATIONS = 0x70;
const XACT_HAS_INFO = 0x80;

/** The operations that end a transaction; a PREPARE does not. */
const ENDINGS: ReadonlyMap<number, Pick<TransactionOutcome, 'outcome'> & { isPrepared: boolean }> =
  new Map([
    [0x00, { outcome: 'commit', isPrepared: false }],
    [0x20, { outcome: 'abort', isPrepared: false }],
    [0x30, { outcome: 'commit', isPrepared: true }],
    [0x40, { outcome: 'abort', isPrepared: true }],
  ]);

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

/**
 * Reads the end of a transaction from its record, or from the record's first bytes. A subtransaction
 * that is rolled back by itself has such a record too, and PostgreSQL can stop at it.
 *
 * @param major - PostgreSQL's major version.
 * @returns `undefined` for any other record, and for one of a shape no server writes.
 * @see PostgreSQL ParseCommitRecord and ParseAbortRecord, src/backend/access/rmgrdesc/xactdesc.c
 */
export function readTransactionEnd(
  record: Uint8Array,
  major: number,
): TransactionOutcome | undefined {
  if (record[RMGR_AT] !== Rmgr.XACT) return undefined;
  const info = record[INFO_AT] ?? 0;
  const ending = ENDINGS.get(info & XACT_OPERATIONS);
  const dataAt = findMainData(record);
  if (ending === undefined || dataAt === undefined || dataAt + 8 > record.byteLength) {
    return undefined;
  }
  const view = viewOf(record);
  const time = fromPostgresTime(view.getBigInt64(dataAt, true));
  if (time === undefined) return undefined;
  const { outcome, isPrepared } = ending;
  if (!isPrepared) return { outcome, time, xid: view.getUint32(XID_AT, true) };
  const hasInfo = (info & XACT_HAS_INFO) !== 0;
  return { outcome, time, xid: hasInfo ? readPreparedXid(view, dataAt + 8, major) : 0 };
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
