import { type Lsn, parseLsn } from '../../lib/core/wal/lsn.ts';

/** What a record of WAL means for a recovery target; all other records are only places to stop at. */
export type TapeEvent =
  /** Of a transaction, or of a rolled back subtransaction, which ends by a record of its own. */
  | { readonly kind: 'commit' | 'abort'; readonly xid: number; readonly micros: bigint }
  | { readonly kind: 'prepare'; readonly xid: number; readonly gid: string }
  | { readonly kind: 'restore-point'; readonly name: string }
  | { readonly kind: 'backup-end'; readonly backupStartLsn: Lsn };

/** A record of WAL as PostgreSQL's own pg_waldump shows it. */
export interface TapeRecord {
  readonly startLsn: Lsn;
  /** Where the next record may begin, as PostgreSQL counts it. */
  readonly endLsn: Lsn;
  readonly event: TapeEvent | undefined;
}

const LINE =
  /^rmgr: (\S+) +len \(rec\/tot\): +\d+\/ *(\d+), tx: +(\d+), lsn: ([0-9A-F/]+), .*?desc: (.*)$/s;
const PAGE_BYTES = 8192n;
const SHORT_HEADER_BYTES = 24n;
const LONG_HEADER_BYTES = 40n;
const ALIGNMENT = 8n;
const MICROS_PER_MS = 1000n;

/** Reads one line of pg_waldump, run with its time zone set to UTC; `undefined` for any other line. */
export function parseTapeLine(line: string, segmentBytes: number): TapeRecord | undefined {
  const [, rmgr = '', total = '', xid = '', lsn = '', text = ''] = LINE.exec(line) ?? [];
  if (rmgr === '') return undefined;
  const startLsn = parseLsn(lsn);
  const isSwitch = rmgr === 'XLOG' && text.startsWith('SWITCH');
  const endLsn = isSwitch
    ? segmentEnd(startLsn, BigInt(segmentBytes))
    : recordEnd(startLsn, BigInt(total), BigInt(segmentBytes));
  return { startLsn, endLsn, event: eventOf(rmgr, Number(xid), text) };
}

function eventOf(rmgr: string, xid: number, text: string): TapeEvent | undefined {
  if (rmgr === 'Transaction') return transactionEvent(xid, text);
  if (rmgr !== 'XLOG') return undefined;
  const [, name] = /^RESTORE_POINT (.+)$/.exec(text) ?? [];
  if (name !== undefined) return { kind: 'restore-point', name };
  const [, lsn] = /^BACKUP_END ([0-9A-F/]+)/.exec(text) ?? [];
  return lsn === undefined ? undefined : { kind: 'backup-end', backupStartLsn: parseLsn(lsn) };
}

function transactionEvent(xid: number, text: string): TapeEvent | undefined {
  const [, gid] = /^PREPARE gid (\S+):/.exec(text) ?? [];
  if (gid !== undefined) return { kind: 'prepare', xid, gid };
  const [, verb, prepared, time = ''] =
    /^(COMMIT|ABORT)(?:_PREPARED (\d+):)? (\d{4}-\d\d-\d\d [\d:.]+) UTC/.exec(text) ?? [];
  if (verb === undefined) return undefined;
  return {
    kind: verb === 'COMMIT' ? 'commit' : 'abort',
    xid: prepared === undefined ? xid : Number(prepared),
    micros: parseMicros(time),
  };
}

/** Microseconds since 1970 of `2026-11-22 06:27:43.781172`. */
function parseMicros(text: string): bigint {
  const ms = Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`);
  return BigInt(ms) * MICROS_PER_MS + BigInt(text.slice(23));
}

function segmentEnd(lsn: Lsn, segmentBytes: bigint): Lsn {
  return (lsn / segmentBytes + 1n) * segmentBytes;
}

/**
 * Where a record of `total` bytes ends: every page it runs into begins with a header.
 *
 * @see PostgreSQL CopyXLogRecordToWAL, src/backend/access/transam/xlog.c
 */
function recordEnd(startLsn: Lsn, total: bigint, segmentBytes: bigint): Lsn {
  let at = startLsn;
  let left = total;
  for (;;) {
    const room = PAGE_BYTES - (at % PAGE_BYTES);
    if (left <= room) {
      at += left;
      break;
    }
    left -= room;
    at += room;
    at += at % segmentBytes === 0n ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES;
  }
  return ((at + ALIGNMENT - 1n) / ALIGNMENT) * ALIGNMENT;
}
