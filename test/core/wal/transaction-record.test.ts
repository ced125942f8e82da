import { describe, expect, test } from 'vitest';
import { readTransactionEnd } from '../../../lib/core/wal/transaction-record.ts';
import { commitRecord, record } from '../../support/wal-writer.ts';

const TIME_MS = Date.UTC(2026, 6, 31, 12, 0, 0, 123);
const TIME = BigInt(TIME_MS) * 1000n + 789n;
const COMMIT = { outcome: 'commit', time: TIME };
const PREPARED_WITH_INFO = 0x30 | 0x80;

const uint32s = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index);
  return bytes;
};

describe('readTransactionEnd', () => {
  test('reads id and time of a commit, to the microsecond', () => {
    expect(readTransactionEnd(commitRecord(0xffff_fff0, TIME_MS), 15)).toEqual({
      xid: 0xffff_fff0,
      ...COMMIT,
    });
  });

  test('reads a commit with flags and more than 255 bytes of data', () => {
    const commit = commitRecord(7, TIME_MS, { info: 0x80, rest: Buffer.alloc(300) });
    expect(readTransactionEnd(commit, 15)).toEqual({ xid: 7, ...COMMIT });
  });

  test('steps over the origin and the top-level id', () => {
    const headers = Buffer.from([253, 1, 0, 252, 9, 0, 0, 0]);
    expect(readTransactionEnd(commitRecord(7, TIME_MS, { headers }), 15)).toEqual({
      xid: 7,
      ...COMMIT,
    });
  });

  test.each([
    ['a time no clock would say', record(1, 0, 7, Buffer.from([255, 8, 0, 0, 0, 0, 0, 0, 0, 128]))],
    ['a prepare', record(1, 0x10, 7, Buffer.from([255, 8, 0, 0, 0, 0, 0, 0, 0, 0]))],
    ['another resource manager', record(2, 0, 7, Buffer.from([255, 8, 0, 0, 0, 0, 0, 0, 0, 0]))],
    ['a block reference', record(1, 0, 7, Buffer.from([0, 0, 0, 0, 255, 8, 0, 0, 0, 0, 0, 0]))],
    ['a record without data', record(1, 0, 7, Buffer.alloc(0))],
    ['a time cut off', record(1, 0, 7, Buffer.from([255, 8, 0, 0, 0, 0, 0, 0, 0]))],
    ['nothing', Buffer.alloc(0)],
  ])('sees no end in %s', (_, bytes) => {
    expect(readTransactionEnd(bytes, 15)).toBeUndefined();
  });

  test('reads an abort, as of a subtransaction', () => {
    const abort = commitRecord(9, TIME_MS, { info: 0x20 });
    expect(readTransactionEnd(abort, 15)).toEqual({ outcome: 'abort', time: TIME, xid: 9 });
  });

  describe('of a prepared transaction', () => {
    const prepared = (rest: Buffer): Buffer =>
      commitRecord(0, TIME_MS, { info: PREPARED_WITH_INFO, rest });
    const DATABASE = uint32s(5, 1663);

    test('gives its own id', () => {
      const commit = prepared(Buffer.concat([uint32s(0x11), DATABASE, uint32s(742)]));
      expect(readTransactionEnd(commit, 15)).toEqual({ xid: 742, ...COMMIT });
    });

    test.each([
      [15, 12],
      [17, 12],
      [18, 16],
    ])('steps over every list that version %i may put before it', (major, statBytes) => {
      const rest = Buffer.concat([
        uint32s(0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x100),
        DATABASE,
        uint32s(2, 101, 102),
        Buffer.concat([uint32s(1), Buffer.alloc(12, 1)]),
        Buffer.concat([uint32s(3), Buffer.alloc(3 * statBytes, 2)]),
        Buffer.concat([uint32s(2), Buffer.alloc(32, 3)]),
        uint32s(742),
      ]);
      expect(readTransactionEnd(prepared(rest), major)?.xid).toBe(742);
    });

    test('gives its own id when it was rolled back', () => {
      const rest = Buffer.concat([uint32s(0x11), DATABASE, uint32s(742)]);
      const abort = commitRecord(0, TIME_MS, { info: 0x40 | 0x80, rest });
      expect(readTransactionEnd(abort, 15)).toEqual({ outcome: 'abort', time: TIME, xid: 742 });
    });

    test('gives 0 when the id cannot be reached', () => {
      const cutAtId = prepared(Buffer.concat([uint32s(0x11), DATABASE]));
      const cutInList = prepared(uint32s(0x12, 1_000_000));
      const cutAtCount = prepared(uint32s(0x12));
      const withoutId = prepared(Buffer.concat([uint32s(0x01), DATABASE, uint32s(742)]));
      const withoutInfo = commitRecord(0, TIME_MS, { info: 0x30, rest: uint32s(0x10, 742) });
      for (const commit of [cutAtId, cutInList, cutAtCount, withoutId, withoutInfo]) {
        expect(readTransactionEnd(commit, 15)).toEqual({ xid: 0, ...COMMIT });
      }
    });
  });
});
