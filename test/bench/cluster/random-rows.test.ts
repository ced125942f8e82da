import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { randomRows } from '../../../bench/cluster/random-rows.ts';

const HEADER_BYTES = 19;
const TUPLE_BYTES = 1_918;

test('rows are numbered, as large as asked for, and hardly compress', () => {
  const text = Buffer.concat([...randomRows(2_048 * 1_200)]);
  expect(text.subarray(0, 11).toString('latin1')).toBe('PGCOPY\n\xff\r\n\0');
  expect(text.length).toBe(HEADER_BYTES + 1_200 * TUPLE_BYTES + 2);
  const last = HEADER_BYTES + 1_199 * TUPLE_BYTES;
  expect(text.readInt16BE(last)).toBe(2);
  expect(text.readBigInt64BE(last + 6)).toBe(1_199n);
  expect(text.readInt16BE(text.length - 2)).toBe(-1);
  expect(zstdCompressSync(text).length / text.length).toBeGreaterThan(0.98);
});
