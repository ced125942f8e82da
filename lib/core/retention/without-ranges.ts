import { missingBetween } from '../wal/continuity.ts';
import { parseSegment, segmentName } from '../wal/segment.ts';
import type { WalRange } from './read-gone-wal.ts';

/** What of `ranges` lies in none of `others`. */
export function withoutRanges(
  ranges: readonly WalRange[],
  others: readonly WalRange[],
  segmentBytes: number,
): readonly WalRange[] {
  const runOf = ({ first, last }: WalRange) => ({
    ...parseSegment(first, segmentBytes),
    first: parseSegment(first, segmentBytes).number,
    last: parseSegment(last, segmentBytes).number,
  });
  const runs = others.map(runOf);
  return ranges.map(runOf).flatMap(({ timeline, first, last }) =>
    missingBetween(runs, timeline, first, last).map((range) => ({
      first: segmentName(timeline, range.first, segmentBytes),
      last: segmentName(timeline, range.last, segmentBytes),
    })),
  );
}
