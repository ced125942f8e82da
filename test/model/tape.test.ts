import { describe, expect, test } from 'vitest';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { parseTapeLine, type TapeRecord } from './tape.ts';

const MiB = 1024 * 1024;

/** A line as pg_waldump of PostgreSQL 15 has printed it. */
function line(rmgr: string, total: number, xid: number, lsn: string, text: string): string {
  const lengths = `len (rec/tot): ${String(total).padStart(6)}/${String(total).padStart(6)}`;
  return `rmgr: ${rmgr.padEnd(11)} ${lengths}, tx: ${String(xid).padStart(10)}, lsn: ${lsn}, prev 0/00000028, desc: ${text}`;
}

function read(...parts: Parameters<typeof line>): TapeRecord {
  const record = parseTapeLine(line(...parts), MiB);
  if (record === undefined) throw new Error('the line was not read');
  return record;
}

describe('a line of pg_waldump', () => {
  test('tells where a record ends, headers of the pages it runs into included', () => {
    // pg_logical_emit_message() and pg_switch_wal() gave these ends.
    const message = read('LogicalMessage', 3_000_055, 0, '0/00700028', 'MESSAGE transactional');
    expect(formatLsn(message.endLsn)).toBe('0/9DE9A8');
    expect(formatLsn(read('XLOG', 24, 0, '0/00626360', 'SWITCH ').endLsn)).toBe('0/700000');
    const commit = read(
      'Transaction',
      34,
      730,
      '0/00625F80',
      'ABORT 2026-11-22 06:27:43.780901 UTC',
    );
    expect(formatLsn(commit.endLsn)).toBe('0/625FA8');
  });

  test('tells how a transaction ended, and when to the microsecond', () => {
    const time = '2026-11-22 06:27:43.781172 UTC';
    const micros = BigInt(Date.UTC(2026, 10, 22, 6, 27, 43)) * 1000n + 781_172n;
    const events = [
      read('Transaction', 50, 729, '0/626040', `COMMIT ${time}; subxacts: 731 732`),
      read('Transaction', 42, 0, '0/626120', `COMMIT_PREPARED 728: ${time}`),
      read('Transaction', 42, 0, '0/6262C8', `ABORT_PREPARED 734: ${time}`),
      read('Transaction', 242, 735, '0/6261D0', `PREPARE gid g2: ${time}`),
    ].map(({ event }) => event);
    expect(events).toEqual([
      { kind: 'commit', xid: 729, micros },
      { kind: 'commit', xid: 728, micros },
      { kind: 'abort', xid: 734, micros },
      { kind: 'prepare', xid: 735, gid: 'g2' },
    ]);
  });

  test('names restore points and ends of backups; all else is only a place to stop at', () => {
    const events = [
      read('XLOG', 98, 0, '0/6262F8', 'RESTORE_POINT before upgrade'),
      read('XLOG', 34, 0, '0/A000D8', 'BACKUP_END 0/A00028'),
      read('Heap', 59, 735, '0/9DE9E8', 'INSERT off 4 flags 0x00'),
    ].map(({ event }) => event);
    expect(events).toEqual([
      { kind: 'restore-point', name: 'before upgrade' },
      { kind: 'backup-end', backupStartLsn: 0xa0_0028n },
      undefined,
    ]);
    expect(parseTapeLine('pg_waldump: error: invalid record length', MiB)).toBeUndefined();
  });
});
