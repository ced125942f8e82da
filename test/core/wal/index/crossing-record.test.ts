import { describe, expect, test } from 'vitest';
import { joinHalves } from '../../../../lib/core/wal/index/crossing-record.ts';

const tail = { lsn: 100n, bytes: Buffer.from('ab'), totalBytes: 5, passedBytes: 2 };
const END = 9_000n;

describe('joinHalves', () => {
  test('joins a start with the rest that continues it', () => {
    const head = { bytes: Buffer.from('cde'), remainingBytes: 3, passedBytes: 3, endLsn: 200n };
    expect(joinHalves(tail, { head }, END)).toEqual({
      record: { lsn: 100n, endLsn: 200n, bytes: Buffer.from('abcde') },
      open: undefined,
    });
  });

  test('goes on through a segment that is all middle', () => {
    const head = { bytes: Buffer.from('c'), remainingBytes: 3, passedBytes: 1 };
    const { record, open } = joinHalves(tail, { head }, END);
    expect(record).toBeUndefined();
    expect(open).toEqual({ ...tail, bytes: Buffer.from('abc'), passedBytes: 3 });
    const rest = { bytes: Buffer.from('de'), remainingBytes: 2, passedBytes: 2, endLsn: 300n };
    expect(joinHalves(open, { head: rest }, END).record?.bytes).toEqual(Buffer.from('abcde'));
  });

  test('adds nothing behind first bytes that were cut', () => {
    const cut = { ...tail, totalBytes: 8, passedBytes: 5 };
    const head = { bytes: Buffer.from('fgh'), remainingBytes: 3, passedBytes: 3, endLsn: 200n };
    expect(joinHalves(cut, { head }, END).record?.bytes).toEqual(Buffer.from('ab'));
  });

  test('drops a start that something else follows, and begins with what is open here', () => {
    const other = { lsn: 700n, bytes: Buffer.from('x'), totalBytes: 9, passedBytes: 1 };
    const head = { bytes: Buffer.from('zz'), remainingBytes: 2, passedBytes: 2, endLsn: 200n };
    expect(joinHalves(tail, { head, tail: other }, END)).toEqual({ open: other });
    expect(joinHalves(tail, { tail: other }, END)).toEqual({ open: other });
    expect(joinHalves(undefined, { head, tail: other }, END)).toEqual({ open: other });
  });

  test('ends a switch of WAL that is split in two with its segment', () => {
    const bytes = Buffer.alloc(24);
    bytes.writeUInt8(0x40, 16);
    const begun = { lsn: 8n, bytes: bytes.subarray(0, 8), totalBytes: 24, passedBytes: 8 };
    const head = { bytes: bytes.subarray(8), remainingBytes: 16, passedBytes: 16, endLsn: 64n };
    expect(joinHalves(begun, { head }, END).record?.endLsn).toBe(END);
  });
});
