import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLsn, parseLsn } from '../../../lib/core/wal/lsn.ts';

const lsns = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('parseLsn', () => {
  test('reads both halves', () => {
    expect(parseLsn('16/B374D848')).toBe(0x16_b374_d848n);
    expect(parseLsn('0/0')).toBe(0n);
    expect(parseLsn('ffffffff/FFFFFFFF')).toBe(2n ** 64n - 1n);
  });

  test('pads the low half, not the text', () => {
    expect(parseLsn('1/2')).toBe(0x1_0000_0002n);
  });

  test.each(['', '/', '1/', '/1', '1', '1/2/3', ' 1/2', '1/2 ', '1/2\n', '0x1/2', '1/G', '-1/2'])(
    'refuses %j',
    (text) => {
      expect(() => parseLsn(text)).toThrow(expect.objectContaining({ code: 'WAL-LSN' }));
    },
  );

  test('refuses nine digits on either side', () => {
    for (const text of ['000000001/0', '0/000000001']) {
      expect(() => parseLsn(text)).toThrow(expect.objectContaining({ code: 'WAL-LSN' }));
    }
  });
});

describe('formatLsn', () => {
  test('prints as PostgreSQL does', () => {
    expect(formatLsn(0x16_b374_d848n)).toBe('16/B374D848');
    expect(formatLsn(0x1_0000_0002n)).toBe('1/2');
    expect(formatLsn(0n)).toBe('0/0');
    expect(formatLsn(2n ** 64n - 1n)).toBe('FFFFFFFF/FFFFFFFF');
  });

  test('is undone by parseLsn', () => {
    fc.assert(
      fc.property(lsns, (lsn) => {
        expect(parseLsn(formatLsn(lsn))).toBe(lsn);
      }),
    );
  });

  test.each([-1n, 2n ** 64n])('refuses %s, which no LSN can be', (lsn) => {
    expect(() => formatLsn(lsn)).toThrow(expect.objectContaining({ code: 'WAL-LSN' }));
  });
});
