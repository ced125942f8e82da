import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { joinRuns, type SegmentRun } from '../../wal/continuity.ts';
import type { Lsn } from '../../wal/lsn.ts';
import { segmentNumberAt } from '../../wal/segment.ts';
import { switchPoint, type TimelineHistory } from '../../wal/timeline-history.ts';

/** WAL of a timeline that a recovery along another one never replays. */
export interface AbandonedStretch {
  readonly timeline: number;
  /** Where it parted from the path that is followed. */
  readonly fromLsn: Lsn;
  readonly toLsn: Lsn;
  /** Last commit that can be recovered along that timeline. */
  readonly toTime: Date;
  readonly runs: readonly SegmentRun[];
}

/**
 * What other timelines hold beside the path of `history`: a parent behind the branch, a child that was
 * given up, a sibling. Only what some backup leads to counts.
 */
export function abandonedStretches(
  windows: readonly RecoveryWindow[],
  history: TimelineHistory,
): readonly AbandonedStretch[] {
  const others = windows.filter(({ timeline }) => timeline !== history.timeline);
  const timelines = [...new Set(others.map(({ timeline }) => timeline))];
  return timelines.flatMap((timeline) => {
    const along = others.filter((window) => window.timeline === timeline);
    const furthest = along.reduce((best, one) => (one.toLsn > best.toLsn ? one : best));
    const fromLsn = partingPoint(history, furthest.history);
    if (furthest.toLsn <= fromLsn) return [];
    const { toLsn, toTime } = furthest;
    return [{ timeline, fromLsn, toLsn, toTime, runs: runsFrom(along, timeline, fromLsn) }];
  });
}

/** Segments of the windows' paths, on one timeline if it is given, that hold WAL from `lsn` on. */
export function runsFrom(
  windows: readonly RecoveryWindow[],
  timeline: number | undefined,
  lsn: Lsn,
): readonly SegmentRun[] {
  const runs = windows.flatMap(({ path, backup }) => {
    const first = segmentNumberAt(lsn, backup.segmentBytes);
    return path.segments
      .filter((run) => (timeline === undefined || run.timeline === timeline) && run.last >= first)
      .map((run) => ({ ...run, first: run.first > first ? run.first : first }));
  });
  return joinRuns(runs);
}

/** Where `other`'s own WAL begins not to count for `followed`. */
function partingPoint(followed: TimelineHistory, other: TimelineHistory): Lsn {
  return switchPoint(followed, other.timeline) ?? other.parents.at(-1)?.endLsn ?? 0n;
}
