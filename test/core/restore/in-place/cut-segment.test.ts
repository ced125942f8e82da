import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutSegment } from '../../../../lib/core/restore/in-place/cut-segment.ts';
import { indexSegment } from '../../../../lib/core/wal/index/index-segment.ts';
import { assertWholeSegment } from '../../../../lib/core/wal/whole-segment.ts';
import { segment, walSegment } from '../../../support/wal-fixture.ts';
import { IDENTITY } from '../../../support/wal-writer.ts';

const PAGE_BYTES = 8192;
const COMMITS = [new Date('2026-11-22T01:00:00Z'), new Date('2026-11-22T02:00:00Z')];

test('what a recycled file held behind the end of WAL is cut off, wherever that end is', () => {
  const [own, before] = [walSegment(segment(9), COMMITS), walSegment(segment(3), COMMITS)];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: own.byteLength / PAGE_BYTES }), (pages) => {
      const recycled = Buffer.from(own);
      for (let at = pages * PAGE_BYTES; at < recycled.byteLength; at += PAGE_BYTES) {
        recycled.set(before.subarray(0, PAGE_BYTES), at);
      }
      const cut = cutSegment(recycled);
      expect(() => assertWholeSegment(cut, segment(9), IDENTITY)).not.toThrow();
      expect(Buffer.from(cut).equals(own)).toBe(true);
    }),
  );
});

test('a whole segment is left as it is, and its commits are found', () => {
  const own = walSegment(segment(9), COMMITS);
  const cut = cutSegment(own);
  expect(Buffer.from(cut).equals(own)).toBe(true);
  expect(indexSegment(cut).lastCommit).toMatchObject({ xid: 701 });
});
