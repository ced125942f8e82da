import { parseTargetTime, type TargetTime } from '../plan/target-time.ts';

/** What the log of a recovering server tells; its messages are in English, its times in UTC. */

/**
 * The last transaction that was replayed; `undefined` when none was.
 *
 * @see PostgreSQL PerformWalRecovery, src/backend/access/transam/xlogrecovery.c
 */
export function lastTransactionTime(log: string): TargetTime | undefined {
  const times = log.matchAll(/LOG: {2}last completed transaction was at log time (.+)$/gm);
  const text = [...times].at(-1)?.[1];
  return text === undefined ? undefined : parseTargetTime(text);
}

/** The message with which the server gave up; `undefined` when it said nothing. */
export function lastFatal(log: string): string | undefined {
  return [...log.matchAll(/ (?:FATAL|PANIC): {2}(.+)$/gm)].at(-1)?.[1];
}

const FULL_DISK =
  / (?:FATAL|PANIC): {2}(.+: No space left on device|could not extend .+: wrote only \d+ of \d+ bytes.*)$/m;

/**
 * The message with which the server gave up because a disk is full; `undefined` when it did not.
 *
 * @see PostgreSQL mdextend, src/backend/storage/smgr/md.c: a page that fits in part has no error of
 *   the system's.
 */
export function wordsOfFullDisk(log: string): string | undefined {
  return FULL_DISK.exec(log)?.[1];
}

/** A tablespace whose creation could not be replayed. */
export interface RefusedTablespace {
  /** Of its record: a recovery that ends just before it does not meet it. */
  readonly lsn: string;
  readonly location: string;
}

/**
 * The tablespace at whose creation the server gave up; `undefined` when it ended elsewhere.
 *
 * @see PostgreSQL rm_redo_error_callback, src/backend/access/transam/xlogrecovery.c, and tblspc_desc,
 *   src/backend/access/rmgrdesc/tblspcdesc.c
 */
export function refusedTablespace(log: string): RefusedTablespace | undefined {
  const end = Math.max(log.lastIndexOf(' FATAL:  '), log.lastIndexOf(' PANIC:  '));
  if (end === -1) return undefined;
  const context = / CONTEXT: {2}WAL redo at (\S+) for Tablespace\/CREATE: \d+ "(.*)"$/m;
  const [, lsn, location] = context.exec(log.slice(end)) ?? [];
  return lsn === undefined || location === undefined ? undefined : { lsn, location };
}
