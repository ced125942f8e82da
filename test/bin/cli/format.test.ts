import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatSeconds, formatTable, formatTime } from '../../../bin/cli/format.ts';

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [2 ** 20 - 1, '1.0 MiB'],
    [16 * 2 ** 20, '16.0 MiB'],
    [2 ** 50, '1.0 PiB'],
    [2 ** 60, '1024.0 PiB'],
  ])('shows %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test('never shows 1024 of a unit that has a next one', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 53 - 1 }), (bytes) => {
        expect(formatBytes(bytes)).toMatch(/^(?!102[4-9])\d{1,4}(\.\d)? ([KMGTP]iB|B)$/);
      }),
    );
  });
});

describe('formatSeconds', () => {
  test.each([
    [0, '0 ms'],
    [0.85, '850 ms'],
    [0.9996, '1.0 s'],
    [12.34, '12.3 s'],
    [59.96, '1 min 00 s'],
    [245, '4 min 05 s'],
    [3599.7, '1 h 00 min'],
    [12_000, '3 h 20 min'],
  ])('shows %d as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  test('never shows a full unit as sixty or a thousand of a smaller one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        expect(formatSeconds(seconds)).toMatch(
          /^(\d{1,3} ms|[1-5]?\d\.\d s|[1-5]?\d min [0-5]\d s|\d+ h [0-5]\d min)$/,
        );
      }),
    );
  });
});

describe('formatTime', () => {
  test('is UTC to the second', () => {
    expect(formatTime(new Date('2026-11-22T01:02:03.987+02:00'))).toBe('2026-11-21 23:02:03Z');
  });
});

describe('formatTable', () => {
  test('pads columns to their widest cell and leaves no blanks at the end', () => {
    expect(
      formatTable([
        ['backup', 'size'],
        ['a', '1.0 GiB'],
        ['longer-id', ''],
      ]),
    ).toEqual(['backup     size', 'a          1.0 GiB', 'longer-id']);
  });

  test('is nothing for no rows', () => {
    expect(formatTable([])).toEqual([]);
  });
});
