import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  GIB,
  KIB,
  memory,
  MIB,
  parseMemory,
  parseNumber,
} from '../../../../lib/core/host/settings/amount.ts';

describe('an amount of memory', () => {
  test.each([
    ['4GB', 4 * GIB],
    [' 64 MB ', 64 * MIB],
    ['1.5GB', 1.5 * GIB],
    ['512', 512 * KIB],
    ['-1', -KIB],
    ['0x10', 16 * KIB],
    ['010kB', 8 * KIB],
    ['1e3', 1_000 * KIB],
    ['1TB', 1_024 * GIB],
    ['2048B', 2 * KIB],
  ])('%j is read as PostgreSQL does', (text, bytes) => {
    expect(parseMemory(text, KIB)).toBe(bytes);
  });

  test.each(['', 'GB', '4gb', '4 G B', 'half', '4GBs', '1,5GB', '0xZZ', '09'])(
    '%j is none',
    (text) => {
      expect(parseMemory(text, KIB)).toBeUndefined();
    },
  );

  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (kib) => {
        expect(parseMemory(memory(kib * KIB), KIB)).toBe(kib * KIB);
      }),
    );
  });
});

test('a number is read as PostgreSQL does', () => {
  expect(['12', ' 0x1F ', '017', '1.25', '-3', 'x', ''].map((text) => parseNumber(text))).toEqual([
    12,
    31,
    15,
    1.25,
    -3,
    undefined,
    undefined,
  ]);
});
