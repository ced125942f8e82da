import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assertSegmentBytes,
  isSegmentBytes,
  isSegmentName,
  nextSegment,
  parseSegment,
  segmentAt,
  segmentBefore,
  segmentName,
} from '../../../lib/core/wal/segment.ts';
import { MiB } from '../../support/wal-writer.ts';

const SIZES = Array.from({ length: 11 }, (_, power) => MiB * 2 ** power);
const sizes = fc.constantFrom(...SIZES);
const timelines = fc.integer({ min: 1, max: 0xffff_ffff });
const refused = (code: string): unknown => expect.objectContaining({ code });

/** A size, a timeline, and a segment number that exists at that size. */
const segments = sizes.chain((segmentBytes) =>
  fc.record({
    segmentBytes: fc.constant(segmentBytes),
    timeline: timelines,
    number: fc.bigInt({ min: 0n, max: 2n ** 64n / BigInt(segmentBytes) - 1n }),
  }),
);

describe('assertSegmentBytes', () => {
  test('accepts every power of two from 1 MiB to 1 GiB', () => {
    expect(SIZES).toHaveLength(11);
    for (const size of SIZES) {
      expect(isSegmentBytes(size)).toBe(true);
      assertSegmentBytes(size);
    }
  });

  test.each([0, -MiB, 1, MiB / 2, MiB - 1, MiB + 1, 3 * MiB, 2048 * MiB, 1.5 * MiB, NaN, Infinity])(
    'refuses %d',
    (size) => {
      expect(isSegmentBytes(size)).toBe(false);
      expect(() => assertSegmentBytes(size)).toThrow(refused('WAL-SEGMENT-SIZE'));
    },
  );
});

describe('parseSegment', () => {
  test('places a segment of 16 MiB', () => {
    expect(parseSegment('0000000A0000000100000002', 16 * MiB)).toEqual({
      name: '0000000A0000000100000002',
      timeline: 10,
      number: 0x102n,
      startLsn: 0x1_0200_0000n,
      endLsn: 0x1_0300_0000n,
    });
  });

  test('knows timelines up to the last', () => {
    expect(parseSegment('FFFFFFFF0000000000000000', 16 * MiB).timeline).toBe(0xffff_ffff);
  });

  test('is undone by segmentName for every size', () => {
    fc.assert(
      fc.property(segments, ({ segmentBytes, timeline, number }) => {
        const name = segmentName(timeline, number, segmentBytes);
        expect(isSegmentName(name)).toBe(true);
        const segment = parseSegment(name, segmentBytes);
        expect(segment).toMatchObject({ name, timeline, number });
        expect(segment.startLsn).toBe(number * BigInt(segmentBytes));
        expect(segment.endLsn - segment.startLsn).toBe(BigInt(segmentBytes));
      }),
    );
  });

  test('accepts the last segment in 4 GiB and refuses the one past it, for every size', () => {
    for (const size of SIZES) {
      const perLog = 2 ** 32 / size;
      const low = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
      expect(parseSegment(`0000000100000000${low(perLog - 1)}`, size).endLsn).toBe(2n ** 32n);
      expect(() => parseSegment(`0000000100000000${low(perLog)}`, size)).toThrow(
        refused('WAL-NAME'),
      );
    }
  });

  test.each([
    '',
    '00000001000000000000000',
    '0000000100000000000000001',
    '00000001000000000000000a',
    '00000001000000000000000G',
    ' 00000001000000000000001',
    '000000010000000000000001\n',
    '000000010000000000000001.partial',
    '000000000000000000000001',
  ])('refuses %j', (name) => {
    expect(() => parseSegment(name, 16 * MiB)).toThrow(refused('WAL-NAME'));
  });

  test('refuses a size first', () => {
    expect(() => parseSegment('000000010000000000000001', 3 * MiB)).toThrow(
      refused('WAL-SEGMENT-SIZE'),
    );
  });
});

describe('segmentName', () => {
  test.each([
    [0, 1n],
    [2 ** 32, 1n],
    [1.5, 1n],
    [1, -1n],
    [1, 2n ** 40n],
  ])('refuses timeline %d, number %s', (timeline, number) => {
    expect(() => segmentName(timeline, number, 16 * MiB)).toThrow(refused('WAL-NAME'));
  });
});

describe('segmentAt and segmentBefore', () => {
  test('differ only on a boundary', () => {
    const at = (lsn: bigint): string => segmentAt(1, lsn, 16 * MiB);
    const before = (lsn: bigint): string => segmentBefore(1, lsn, 16 * MiB);
    expect(at(0x1ff_ffffn)).toBe('000000010000000000000001');
    expect(before(0x1ff_ffffn)).toBe('000000010000000000000001');
    expect(at(0x200_0000n)).toBe('000000010000000000000002');
    expect(before(0x200_0000n)).toBe('000000010000000000000001');
    expect(at(0x200_0001n)).toBe('000000010000000000000002');
    expect(before(0x200_0001n)).toBe('000000010000000000000002');
  });

  test('name the segment that holds the byte', () => {
    fc.assert(
      fc.property(
        sizes,
        timelines,
        fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
        (size, timeline, lsn) => {
          const at = parseSegment(segmentAt(timeline, lsn, size), size);
          expect(at.startLsn <= lsn && lsn < at.endLsn).toBe(true);
          const before = parseSegment(segmentBefore(timeline, lsn, size), size);
          expect(before.startLsn < lsn && lsn <= before.endLsn).toBe(true);
        },
      ),
    );
  });

  test('knows no segment before the start of WAL', () => {
    expect(() => segmentBefore(1, 0n, 16 * MiB)).toThrow(refused('WAL-LSN'));
    expect(segmentBefore(1, 1n, 16 * MiB)).toBe('000000010000000000000000');
  });

  test('refuse an LSN past the last segment', () => {
    expect(() => segmentAt(1, 2n ** 64n, 16 * MiB)).toThrow(refused('WAL-NAME'));
  });
});

describe('nextSegment', () => {
  test('steps over 4 GiB, for every size', () => {
    expect(nextSegment('0000000100000000000000FF', 16 * MiB)).toBe('000000010000000100000000');
    for (const size of SIZES) {
      const last = segmentBefore(7, 2n ** 32n, size);
      expect(nextSegment(last, size)).toBe('000000070000000100000000');
    }
  });

  test('begins where the segment before it ends, with a greater name', () => {
    fc.assert(
      fc.property(segments, ({ segmentBytes, timeline, number }) => {
        fc.pre((number + 1n) * BigInt(segmentBytes) < 2n ** 64n);
        const name = segmentName(timeline, number, segmentBytes);
        const next = nextSegment(name, segmentBytes);
        expect(parseSegment(next, segmentBytes).startLsn).toBe(
          parseSegment(name, segmentBytes).endLsn,
        );
        expect(next > name).toBe(true);
      }),
    );
  });

  test('ends with the last segment there can be', () => {
    expect(() => nextSegment('00000001FFFFFFFF000000FF', 16 * MiB)).toThrow(refused('WAL-NAME'));
  });
});
