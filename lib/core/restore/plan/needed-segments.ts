import type { SegmentRun } from '../../wal/continuity.ts';
import { parseSegment, segmentNumberAt } from '../../wal/segment.ts';
import type { PlacedTarget } from './placed-target.ts';

/** The part of the window's WAL that replay reads to reach `placed`, in order. */
export function neededSegments(placed: PlacedTarget): readonly SegmentRun[] {
  const { path } = placed.window;
  const last = lastNeeded(placed);
  if (last === undefined) return path.segments;
  return path.segments
    .filter(({ first }) => first <= last)
    .map((run) => ({ ...run, last: run.last < last ? run.last : last }));
}

/** `undefined` when everything there is is needed. */
function lastNeeded({ window, stopAt, stop }: PlacedTarget): bigint | undefined {
  const { stopSegment, segmentBytes } = window.backup;
  const consistent = parseSegment(stopSegment, segmentBytes).number;
  if (stopAt.kind === 'immediate') return consistent;
  if (stop === undefined) return undefined;
  const read = segmentNumberAt(stop.readTo - 1n, segmentBytes);
  return read > consistent ? read : consistent;
}
