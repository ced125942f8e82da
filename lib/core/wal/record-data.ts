/**
 * The shape of one WAL record: a header, headers of blocks and data, then the data.
 *
 * @see PostgreSQL src/include/access/xlogrecord.h and src/include/access/rmgrlist.h
 */

/** `SizeOfXLogRecord`. */
export const RECORD_HEADER_BYTES = 24;

/** Offsets in `XLogRecord`. */
export const XID_AT = 4;
export const PREVIOUS_AT = 8;
export const INFO_AT = 16;
export const RMGR_AT = 17;
export const CRC_AT = 20;

/** `MAXALIGN`: every record begins at a multiple of it. */
const ALIGN_BYTES = 8;

/** The resource managers whose records are looked into; their ids are the same in all releases. */
export const Rmgr = { XLOG: 0, XACT: 1, TBLSPC: 5 } as const;

/** The high bits of `xl_info` are the resource manager's own. */
const OPERATION_BITS = 0xf0;
const XLOG_SWITCH = 0x40;

/** Bytes from a header's id to what follows it; ids below 252 are block references. */
const DATA_HEADER_BYTES: ReadonlyMap<number, number> = new Map([
  [255, 2],
  [254, 5],
]);
const OTHER_HEADER_BYTES: ReadonlyMap<number, number> = new Map([
  [253, 3],
  [252, 5],
]);

/** What kind of record of its resource manager `record` is. */
export function operationOf(record: Uint8Array): number {
  return (record[INFO_AT] ?? 0) & OPERATION_BITS;
}

/** Whether `record` ends its segment, as pg_switch_wal() makes it do. */
export function isSwitchRecord(record: Uint8Array): boolean {
  return record[RMGR_AT] === Rmgr.XLOG && operationOf(record) === XLOG_SWITCH;
}

/** Where a record begins that follows one whose last byte is before `offset`, but for a page's header. */
export function alignRecord(offset: number): number {
  return Math.ceil(offset / ALIGN_BYTES) * ALIGN_BYTES;
}

/** Where the data of a record without block references begins; `undefined` when it has none. */
export function findMainData(record: Uint8Array): number | undefined {
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
