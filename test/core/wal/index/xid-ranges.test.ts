import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsXid, xidRanges } from '../../../../lib/core/wal/index/xid-ranges.ts';

const xids = fc.array(
  fc.oneof(fc.integer({ min: 3, max: 60 }), fc.integer({ min: 3, max: 2 ** 32 - 1 })),
);

describe('xidRanges', () => {
  test('folds neighbours into ranges, in any order', () => {
    expect(xidRanges([9, 7, 8, 20, 21, 7], 10)).toEqual({
      ranges: [
        [7, 9],
        [20, 21],
      ],
      isExact: true,
    });
    expect(xidRanges([], 10)).toEqual({ ranges: [], isExact: true });
  });

  test('joins the closest when there are too many, and says so', () => {
    expect(xidRanges([1, 5, 7, 100], 3)).toEqual({
      ranges: [
        [1, 1],
        [5, 7],
        [100, 100],
      ],
      isExact: false,
    });
  });

  test('holds every id, in no more ranges than it may, and nothing else when exact', () => {
    fc.assert(
      fc.property(xids, fc.integer({ min: 1, max: 8 }), (ids, most) => {
        const { ranges, isExact } = xidRanges(ids, most);
        expect(ranges.length).toBeLessThanOrEqual(most);
        for (const xid of ids) expect(holdsXid(ranges, xid)).toBe(true);
        const size = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
        expect(size === new Set(ids).size).toBe(isExact);
        expect(ranges.every(([first, last]) => first <= last)).toBe(true);
      }),
    );
  });
});
