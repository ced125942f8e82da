import { expect, test } from 'vitest';
import { GIB, KIB, memory, MIB, wholeMiB } from '../../../../lib/core/host/settings/amount.ts';

test.each([
  [4 * GIB, '4GB'],
  [1.5 * GIB, '1536MB'],
  [64 * MIB, '64MB'],
  [1.5 * MIB, '1536kB'],
  [64 * KIB, '64kB'],
])('%d bytes are shown as PostgreSQL shows them', (bytes, shown) => {
  expect(memory(bytes)).toBe(shown);
});

test('what is no whole MiB is rounded down to one', () => {
  expect([MIB - 1, MIB, 2.9 * MIB].map((bytes) => wholeMiB(bytes))).toEqual([0, MIB, 2 * MIB]);
});
