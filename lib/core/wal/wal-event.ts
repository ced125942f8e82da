import type { Lsn } from './lsn.ts';
import { fromPostgresTime, type Micros } from './micros.ts';
import { viewOf } from './page.ts';
import { findMainData, operationOf, RMGR_AT, Rmgr } from './record-data.ts';
import { readTransactionEnd, type TransactionOutcome } from './transaction-record.ts';

/** What a recovery has to know of a record. */
export type WalFact =
  | ({ readonly kind: 'end' } & TransactionOutcome)
  /** A restore point made by `pg_create_restore_point`. */
  | { readonly kind: 'restore-point'; readonly name: string; readonly time: Micros }
  /** A promotion: the first record of its kind on the new timeline. */
  | { readonly kind: 'switch'; readonly from: number; readonly to: number }
  /** A tablespace was created; replay would create it again, at the same place. */
  | { readonly kind: 'tablespace'; readonly oid: number; readonly location: string }
  /** The server was started with other limits. */
  | { readonly kind: 'limits'; readonly limits: ServerLimits };

/** Settings of which a replay may need as much as the server had that wrote the WAL, by name. */
export type ServerLimits = Readonly<Record<string, number>>;

/** Where a record lies. */
export interface RecordPlace {
  /** Its first byte: what `recovery_target_lsn` is compared with. */
  readonly lsn: Lsn;
  /** First byte after it, as PostgreSQL counts it: a switch of WAL ends with its segment. */
  readonly endLsn: Lsn;
  /**
   * Where a replay is that stops just before it: the end of the record before. `undefined` when that
   * one ended in an earlier segment.
   */
  readonly previousEndLsn: Lsn | undefined;
}

/** A fact and its record's place. */
export type WalEvent = WalFact & RecordPlace;

const CHECKPOINT_SHUTDOWN = 0x00;
const PARAMETER_CHANGE = 0x60;
const RESTORE_POINT = 0x70;
const END_OF_RECOVERY = 0x90;
const TBLSPC_CREATE = 0x00;
/** In the order of `xl_parameter_change`, which is the same in 15 to 18. */
const LIMIT_NAMES = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
];
/** `MAXFNAMELEN`: a name ends with a zero byte before that. */
const NAME_BYTES = 64;

/** Whether records of this resource manager are worth reading. */
export function mayTell(rmgr: number | undefined): boolean {
  return rmgr === Rmgr.XLOG || rmgr === Rmgr.XACT || rmgr === Rmgr.TBLSPC;
}

/**
 * What `record`, or its first bytes, tells; `undefined` when nothing of interest.
 *
 * @param major - PostgreSQL's major version.
 * @see PostgreSQL xl_restore_point, xl_parameter_change and xl_end_of_recovery,
 *   src/include/access/xlog_internal.h;
 *   CheckPoint, src/include/catalog/pg_control.h; xl_tblspc_create_rec, src/include/commands/tablespace.h
 */
export function readFact(record: Uint8Array, major: number): WalFact | undefined {
  const rmgr = record[RMGR_AT];
  if (rmgr === Rmgr.XACT) {
    const ending = readTransactionEnd(record, major);
    return ending && { kind: 'end', ...ending };
  }
  const dataAt = findMainData(record);
  if (dataAt === undefined || !mayTell(rmgr)) return undefined;
  const data = record.subarray(dataAt);
  const operation = operationOf(record);
  if (rmgr === Rmgr.TBLSPC) return operation === TBLSPC_CREATE ? readTablespace(data) : undefined;
  if (operation === RESTORE_POINT) return readRestorePoint(data);
  if (operation === PARAMETER_CHANGE) return readLimits(data);
  // Both have eight bytes of something else before the timelines.
  const isSwitch = operation === CHECKPOINT_SHUTDOWN || operation === END_OF_RECOVERY;
  return isSwitch ? readSwitch(data) : undefined;
}

function readRestorePoint(data: Uint8Array): WalFact | undefined {
  if (data.byteLength < 8 + NAME_BYTES) return undefined;
  const time = fromPostgresTime(viewOf(data).getBigInt64(0, true));
  const name = textUntilZero(data.subarray(8, 8 + NAME_BYTES));
  return time === undefined ? undefined : { kind: 'restore-point', name, time };
}

function readLimits(data: Uint8Array): WalFact | undefined {
  if (data.byteLength < 4 * LIMIT_NAMES.length) return undefined;
  const view = viewOf(data);
  const values = LIMIT_NAMES.map((name, index) => [name, view.getUint32(4 * index, true)] as const);
  return { kind: 'limits', limits: Object.fromEntries(values) };
}

function readSwitch(data: Uint8Array): WalFact | undefined {
  if (data.byteLength < 16) return undefined;
  const view = viewOf(data);
  const [to, from] = [view.getUint32(8, true), view.getUint32(12, true)];
  return to === from ? undefined : { kind: 'switch', from, to };
}

function readTablespace(data: Uint8Array): WalFact | undefined {
  if (data.byteLength < 5) return undefined;
  const oid = viewOf(data).getUint32(0, true);
  return { kind: 'tablespace', oid, location: textUntilZero(data.subarray(4)) };
}

function textUntilZero(bytes: Uint8Array): string {
  const zero = bytes.indexOf(0);
  return Buffer.from(zero === -1 ? bytes : bytes.subarray(0, zero)).toString('utf8');
}
