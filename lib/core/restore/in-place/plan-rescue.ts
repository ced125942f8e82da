import type { Lsn } from '../../wal/lsn.ts';
import { isSegmentName, parseSegment, type Segment, segmentNumberAt } from '../../wal/segment.ts';

/** What is known of the WAL that a stopped server left. */
export interface LeftWal {
  /** Names of the files in `pg_wal`. */
  readonly present: readonly string[];
  /** The timeline that the server wrote. */
  readonly timeline: number;
  /** From its control file: the segment that holds it was begun, and so was each before. */
  readonly redoLsn: Lsn;
  readonly segmentBytes: number;
}

/**
 * Segments of the server's timeline in order, as far as their names tell: among the last ones may be
 * files that were recycled under the name of a segment to come.
 */
export function planCandidates(left: LeftWal): {
  /** Filled long ago, whatever their marks say. */
  readonly settled: readonly Segment[];
  /** The first of them was begun, and the rest may have been, one after the other. */
  readonly open: readonly Segment[];
} {
  const { present, timeline, redoLsn, segmentBytes } = left;
  const own = present
    .filter((name) => isSegmentName(name))
    .map((name) => parseSegment(name, segmentBytes))
    .filter((segment) => segment.timeline === timeline)
    .toSorted((a, b) => (a.number < b.number ? -1 : 1));
  const redo = segmentNumberAt(redoLsn, segmentBytes);
  const later = own.filter(({ number }) => number >= redo);
  const hole = later.findIndex(
    ({ number }, index) => number !== (later[0]?.number ?? 0n) + BigInt(index),
  );
  return {
    settled: own.filter(({ number }) => number < redo),
    open: hole === -1 ? later : later.slice(0, hole),
  };
}
