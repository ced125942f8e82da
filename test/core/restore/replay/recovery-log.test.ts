import { describe, expect, test } from 'vitest';
import {
  lastFatal,
  lastTransactionTime,
  refusedTablespace,
  wordsOfFullDisk,
} from '../../../../lib/core/restore/replay/recovery-log.ts';

const LOG = `
2026-11-22 04:06:47.064 UTC [7] LOG:  redo done at 0/A00270 system usage: CPU: user: 0.00 s
2026-11-22 04:06:47.065 UTC [7] LOG:  last completed transaction was at log time 2026-11-22 04:06:45.3483+00
2026-11-22 04:06:47.124 UTC [7] LOG:  selected new timeline ID: 2
`;
const FAILED = `
2026-11-22 04:06:47.064 UTC [7] FATAL:  could not restore file "00000001": child process exited
2026-11-22 04:06:47.065 UTC [6] LOG:  startup process (PID 7) exited with exit code 1
`;
const HALF_A_PAGE = `
2026-11-22 11:19:37.545 UTC [7] FATAL:  could not extend file "base/5/16387": wrote only 4096 of 8192 bytes at block 469
2026-11-22 11:19:37.545 UTC [7] HINT:  Check free disk space.
`;
const FULL = `
2026-11-22 04:06:47.064 UTC [7] FATAL:  could not write to file "pg_wal/xlogtemp.7": No space left on device
2026-11-22 04:06:47.065 UTC [6] FATAL:  the database system is shutting down
`;
const TABLESPACE = `
2026-11-22 04:06:47.064 UTC [7] FATAL:  could not create symbolic link "pg_tblspc/16385": Permission denied
2026-11-22 04:06:47.064 UTC [7] CONTEXT:  WAL redo at 0/5022DE8 for Tablespace/CREATE: 16385 "/srv/a "fast" disk"
2026-11-22 04:06:47.065 UTC [6] LOG:  startup process (PID 7) exited with exit code 1
`;

describe('the log of a recovering server', () => {
  test('tells the last transaction, to the microsecond', () => {
    expect(lastTransactionTime(LOG)?.text).toBe('2026-11-22T04:06:45.348300Z');
    expect(lastTransactionTime(FAILED)).toBeUndefined();
  });

  test('tells that it was for want of room, whatever was said afterwards', () => {
    expect(wordsOfFullDisk(FULL)).toBe(
      'could not write to file "pg_wal/xlogtemp.7": No space left on device',
    );
    expect(wordsOfFullDisk(HALF_A_PAGE)).toBe(
      'could not extend file "base/5/16387": wrote only 4096 of 8192 bytes at block 469',
    );
    expect(wordsOfFullDisk(FAILED)).toBeUndefined();
  });

  test('tells why the server gave up', () => {
    expect(lastFatal(FAILED)).toBe('could not restore file "00000001": child process exited');
    expect(lastFatal(LOG)).toBeUndefined();
  });

  test('tells the tablespace at which it gave up, and where its record begins', () => {
    expect(refusedTablespace(TABLESPACE)).toEqual({
      lsn: '0/5022DE8',
      location: '/srv/a "fast" disk',
    });
  });

  test('tells of no tablespace that was met without harm', () => {
    expect(refusedTablespace(LOG)).toBeUndefined();
    expect(refusedTablespace(FAILED)).toBeUndefined();
    expect(refusedTablespace(`${TABLESPACE}${FAILED}`)).toBeUndefined();
    expect(refusedTablespace(TABLESPACE.replace('FATAL', 'WARNING'))).toBeUndefined();
  });
});
