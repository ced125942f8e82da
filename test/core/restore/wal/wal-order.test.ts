import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { walOrder } from '../../../../lib/core/restore/wal/wal-order.ts';
import { segmentName } from '../../../../lib/core/wal/segment.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;

describe('walOrder', () => {
  test('numbers the segments of any path as a list of their names would', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 4 });
    fc.assert(
      fc.property(lengths, (each) => {
        let next = 250n;
        const runs = each.map((length, index) => {
          const first = next;
          next += BigInt(length);
          return { timeline: index + 1, first, last: next - 1n };
        });
        const names = runs.flatMap(({ timeline, first, last }) =>
          Array.from({ length: Number(last - first) + 1 }, (_, step) =>
            segmentName(timeline, first + BigInt(step), SEGMENT_BYTES),
          ),
        );
        const order = walOrder(runs, SEGMENT_BYTES);
        expect(order.count).toBe(names.length);
        expect(names.map((_, index) => order.at(index))).toEqual(names);
        expect(names.map((name) => order.indexOf(name))).toEqual(names.map((_, index) => index));
        expect(order.at(names.length)).toBeUndefined();
        expect(order.indexOf(segmentName(9, 250n, SEGMENT_BYTES))).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  test('knows nothing but segments', () => {
    const order = walOrder([{ timeline: 1, first: 1n, last: 2n }], SEGMENT_BYTES);
    expect(order.indexOf('00000002.history')).toBeUndefined();
    expect(order.at(-1)).toBeUndefined();
  });
});
