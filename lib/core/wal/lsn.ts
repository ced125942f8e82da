import { OpsError } from '../errors/ops-error.ts';

/** A byte position in the write-ahead log, 0 to 2^64 − 1; PostgreSQL's `XLogRecPtr`. */
export type Lsn = bigint;

const LSN = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;
const LOW_BITS = 32n;
const LOW_MASK = 0xffff_ffffn;
const MAX_LSN = 0xffff_ffff_ffff_ffffn;

/**
 * The position that `text` names, such as `16/B374D848`; hex digits of either case.
 *
 * @throws {@link OpsError} `WAL-LSN` when `text` is not two hex numbers of 1–8 digits with a slash.
 * @see PostgreSQL pg_lsn_in_internal, src/backend/utils/adt/pg_lsn.c
 */
export function parseLsn(text: string): Lsn {
  const [, high, low] = LSN.exec(text) ?? [];
  if (high === undefined || low === undefined) {
    throw new OpsError('WAL-LSN', `${JSON.stringify(text)} is not an LSN`, {
      hint: 'write it as PostgreSQL does, such as 16/B374D848',
      details: { lsn: text },
    });
  }
  return (BigInt(`0x${high}`) << LOW_BITS) | BigInt(`0x${low}`);
}

/**
 * `lsn` as PostgreSQL prints it: upper-case hex, no leading zeros.
 *
 * @throws {@link OpsError} `WAL-LSN` when `lsn` is negative or does not fit 64 bits.
 * @see PostgreSQL pg_lsn_out, src/backend/utils/adt/pg_lsn.c
 */
export function formatLsn(lsn: Lsn): string {
  if (lsn < 0n || lsn > MAX_LSN) {
    throw new OpsError('WAL-LSN', `${lsn} is outside the range of an LSN`, {
      hint: 'an LSN is an unsigned number of 64 bits',
      details: { lsn: String(lsn) },
    });
  }
  const half = (value: bigint): string => value.toString(16).toUpperCase();
  return `${half(lsn >> LOW_BITS)}/${half(lsn & LOW_MASK)}`;
}
