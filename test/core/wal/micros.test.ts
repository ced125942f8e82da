import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatMicros,
  fromDate,
  fromPostgresTime,
  parseMicros,
  toDate,
} from '../../../lib/core/wal/micros.ts';

const LAST = fromDate(new Date('9999-12-31T23:59:59.999Z'));
const moments = fc.bigInt({ min: 0n, max: LAST });

describe('a moment in microseconds', () => {
  test('is counted from 2000 by PostgreSQL', () => {
    expect(formatMicros(fromPostgresTime(0n) ?? 0n)).toBe('2000-01-01T00:00:00.000000Z');
    expect(formatMicros(fromPostgresTime(1_234_567n) ?? 0n)).toBe('2000-01-01T00:00:01.234567Z');
  });

  test('is none when no clock would say it', () => {
    for (const timestamp of [-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 50n)]) {
      expect(fromPostgresTime(timestamp)).toBeUndefined();
    }
  });

  test('is read back from its text', () => {
    fc.assert(
      fc.property(moments, (micros) => {
        expect(parseMicros(formatMicros(micros))).toBe(micros);
      }),
    );
  });

  test('orders as its text does', () => {
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        expect(formatMicros(a) < formatMicros(b)).toBe(a < b);
      }),
    );
  });

  test('is cut to milliseconds as a date', () => {
    const micros = parseMicros('2026-11-22T01:02:03.123999Z') ?? 0n;
    expect(toDate(micros)).toEqual(new Date('2026-11-22T01:02:03.123Z'));
    expect(fromDate(toDate(micros))).toBe(micros - 999n);
  });

  test.each([
    '2026-11-22T01:02:03.123Z',
    '2026-02-30T01:02:03.123456Z',
    '2026-11-22 01:02:03.123456Z',
    '1969-12-31T23:59:59.999999Z',
    '',
  ])('is not %j', (text) => {
    expect(parseMicros(text)).toBeUndefined();
  });
});
