import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareForArchiving, parseArchiveFile } from '../../../lib/core/wal/archive-file.ts';

const SEGMENT = '0000000A00000001000000FE';

describe('parseArchiveFile', () => {
  test('tells a segment', () => {
    expect(parseArchiveFile(SEGMENT)).toEqual({ kind: 'segment', name: SEGMENT, timeline: 10 });
  });

  test('tells a timeline history', () => {
    const name = 'FFFFFFFF.history';
    expect(parseArchiveFile(name)).toEqual({ kind: 'history', name, timeline: 0xffff_ffff });
  });

  test('tells a partial segment', () => {
    const name = `${SEGMENT}.partial`;
    expect(parseArchiveFile(name)).toEqual({
      kind: 'partial',
      name,
      timeline: 10,
      segment: SEGMENT,
    });
  });

  test('tells a backup history', () => {
    const name = `${SEGMENT}.00000028.backup`;
    expect(parseArchiveFile(name)).toEqual({
      kind: 'backup',
      name,
      timeline: 10,
      segment: SEGMENT,
    });
  });

  test.each([
    '',
    'x',
    '0000000a00000001000000FE',
    `${SEGMENT}0`,
    SEGMENT.slice(1),
    `${SEGMENT}\n`,
    ` ${SEGMENT}`,
    `../${SEGMENT}`,
    `${SEGMENT}.ready`,
    `${SEGMENT}.partial.partial`,
    `${SEGMENT}.backup`,
    `${SEGMENT}.0000028.backup`,
    `${SEGMENT}.000000028.backup`,
    `${SEGMENT}.0000002x.backup`,
    '0000002.history',
    '000000002.history',
    '00000002.HISTORY',
    '00000002xhistory',
    `${SEGMENT}.history`,
    '00000002.partial',
    '00000000.history',
    '000000000000000000000001',
  ])('refuses %j', (name) => {
    expect(() => parseArchiveFile(name)).toThrow(expect.objectContaining({ code: 'WAL-NAME' }));
  });
});

describe('compareForArchiving', () => {
  const sorted = (names: readonly string[]): readonly string[] =>
    names.toSorted(compareForArchiving);

  test('puts histories first, oldest first, then the bytes of names', () => {
    const order = [
      '00000002.history',
      '0000000A.history',
      '000000010000000000000001',
      '000000010000000000000002',
      '000000010000000000000002.00000028.backup',
      '000000010000000000000002.partial',
      '000000020000000000000001',
    ];
    expect(sorted(order.toReversed())).toEqual(order);
  });

  test('gives one order whatever order names come in', () => {
    const hex = fc.constantFrom('00000001', '00000002', '0000000A');
    const names = fc.oneof(
      hex.map((timeline) => `${timeline}.history`),
      fc.tuple(hex, hex, hex).map((parts) => parts.join('')),
      fc.tuple(hex, hex, hex).map((parts) => `${parts.join('')}.partial`),
    );
    fc.assert(
      fc.property(fc.array(names), (unsorted) => {
        const once = sorted(unsorted);
        expect(sorted(unsorted.toReversed())).toEqual(once);
        const firstOther = once.findIndex((name) => !name.endsWith('.history'));
        const rest = firstOther === -1 ? [] : once.slice(firstOther);
        expect(rest).toEqual(rest.filter((name) => !name.endsWith('.history')).toSorted());
      }),
    );
  });
});
