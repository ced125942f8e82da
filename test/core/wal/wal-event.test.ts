import { describe, expect, test } from 'vitest';
import { readFact } from '../../../lib/core/wal/wal-event.ts';
import {
  commitRecord,
  dataRecord,
  limitsRecord,
  record,
  restorePointRecord,
  switchRecord,
  tablespaceRecord,
} from '../../support/wal-writer.ts';

const TIME_MS = Date.UTC(2026, 10, 22, 1, 2, 3);
const TIME = BigInt(TIME_MS) * 1000n + 789n;

describe('readFact', () => {
  test.each([
    ['a commit', commitRecord(7, TIME_MS), { kind: 'end', outcome: 'commit', xid: 7, time: TIME }],
    [
      'a restore point',
      restorePointRecord('vor dem Übergang', TIME_MS),
      { kind: 'restore-point', name: 'vor dem Übergang', time: TIME },
    ],
    [
      'a restore point with the longest name',
      restorePointRecord('x'.repeat(63), TIME_MS),
      { kind: 'restore-point', name: 'x'.repeat(63), time: TIME },
    ],
    ['the end of a recovery', switchRecord(1, 3), { kind: 'switch', from: 1, to: 3 }],
    [
      'a created tablespace',
      tablespaceRecord(16_384, '/srv/fast disk'),
      { kind: 'tablespace', oid: 16_384, location: '/srv/fast disk' },
    ],
    [
      'the limits of a server',
      limitsRecord([100, 8, 10, 2, 64]),
      {
        kind: 'limits',
        limits: {
          max_connections: 100,
          max_worker_processes: 8,
          max_wal_senders: 10,
          max_prepared_transactions: 2,
          max_locks_per_transaction: 64,
        },
      },
    ],
    [
      'a tablespace in the data directory itself',
      tablespaceRecord(16_385, ''),
      { kind: 'tablespace', oid: 16_385, location: '' },
    ],
  ])('tells of %s', (_, bytes, fact) => {
    expect(readFact(bytes, 15)).toEqual(fact);
  });

  test('tells of a promotion that ended with a checkpoint', () => {
    const checkpoint = Buffer.alloc(88);
    checkpoint.writeUInt32LE(2, 8);
    checkpoint.writeUInt32LE(1, 12);
    expect(readFact(dataRecord(0, 0x00, 0, checkpoint), 15)).toEqual({
      kind: 'switch',
      from: 1,
      to: 2,
    });
  });

  test.each([
    ['a checkpoint on one timeline', dataRecord(0, 0x00, 0, Buffer.alloc(88, 1))],
    ['an online checkpoint', dataRecord(0, 0x10, 0, Buffer.alloc(88))],
    ['a dropped tablespace', dataRecord(5, 0x10, 0, Buffer.alloc(8))],
    ['a restore point cut short', dataRecord(0, 0x70, 0, Buffer.alloc(71))],
    ['limits cut short', dataRecord(0, 0x60, 0, Buffer.alloc(19))],
    ['the end of a recovery cut short', dataRecord(0, 0x90, 0, Buffer.alloc(15))],
    ['a tablespace cut short', dataRecord(5, 0, 0, Buffer.alloc(4))],
    ['a heap record', dataRecord(10, 0x70, 0, Buffer.alloc(72))],
    ['a record without data', record(0, 0x70, 0, Buffer.alloc(0))],
    ['nothing', Buffer.alloc(0)],
  ])('has nothing to tell of %s', (_, bytes) => {
    expect(readFact(bytes, 15)).toBeUndefined();
  });
});
