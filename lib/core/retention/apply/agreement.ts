import { nextSegment } from '../../wal/segment.ts';
import type { AppliedRecord } from '../applied-record.ts';
import type { Floors } from '../read-floors.ts';
import type { PlannedWal, RetentionPlan } from '../retention-plan.ts';

/** Consecutive segments of one timeline, both ends included. */
export type SegmentRange = AppliedRecord['wal'][number];

/** What two plans let go. */
export interface Agreement {
  /** Folders below `base/`, newest first: none is left behind by what it depends on. */
  readonly backups: readonly string[];
  /** By name. */
  readonly wal: readonly SegmentRange[];
}

/** What both plans let go, so that a mistake in one of them has days to be seen. */
export function agreementOf(today: RetentionPlan, older: RetentionPlan): Agreement {
  const before = new Set(older.backups.filter(({ stays }) => !stays).map(({ id }) => id));
  const backups = today.backups.filter(({ id, stays }) => !stays && before.has(id));
  return {
    backups: backups.map(({ id }) => id).toReversed(),
    wal: commonRanges(leaving(today.wal), leaving(older.wal)),
  };
}

/** What was let go before and today's plan keeps: somebody holds it since, or the policy was made longer. */
export function regretsOf(
  applied: readonly Agreement[],
  { backups, wal }: RetentionPlan,
): Agreement {
  const gone = new Set(applied.flatMap((record) => record.backups));
  const ranges = mergeRanges(applied.flatMap((record) => record.wal));
  return {
    backups: backups.filter(({ id, stays }) => stays && gone.has(id)).map(({ id }) => id),
    wal: commonRanges(mergeRanges(wal.filter(({ stays }) => stays)), ranges),
  };
}

/** Floors after `ranges` were let go; none is ever lowered. */
export function raiseFloors(
  floors: Floors,
  ranges: readonly SegmentRange[],
  segmentBytes: number,
): AppliedRecord['floors'] {
  const raised = new Map(floors);
  for (const { last } of ranges) {
    const timeline = timelineOf(last);
    const before = nextSegment(last, segmentBytes);
    const standing = raised.get(timeline);
    if (standing === undefined || standing < before) raised.set(timeline, before);
  }
  return [...raised]
    .map(([timeline, before]) => ({ timeline, before }))
    .toSorted((a, b) => a.timeline - b.timeline);
}

/** Ranges by name, those that overlap made one. */
export function mergeRanges(ranges: readonly SegmentRange[]): readonly SegmentRange[] {
  const merged: SegmentRange[] = [];
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const open = merged.at(-1);
    if (open === undefined || range.first > open.last) merged.push(range);
    else if (range.last > open.last) merged[merged.length - 1] = { ...open, last: range.last };
  }
  return merged;
}

/** As {@link mergeRanges}, and those that touch made one too. */
export function joinRanges(
  ranges: readonly SegmentRange[],
  segmentBytes: number,
): readonly SegmentRange[] {
  const joined: SegmentRange[] = [];
  for (const range of mergeRanges(ranges)) {
    const open = joined.at(-1);
    if (open === undefined || nextSegment(open.last, segmentBytes) !== range.first)
      joined.push(range);
    else joined[joined.length - 1] = { ...open, last: range.last };
  }
  return joined;
}

/** Number of the timeline in a segment's name. */
export function timelineOf(segment: string): number {
  return Number.parseInt(segment.slice(0, 8), 16);
}

function leaving(wal: readonly PlannedWal[]): readonly SegmentRange[] {
  return mergeRanges(wal.filter(({ stays }) => !stays));
}

/** Both are by name and do not overlap among themselves. */
function commonRanges(
  ours: readonly SegmentRange[],
  theirs: readonly SegmentRange[],
): readonly SegmentRange[] {
  const common: SegmentRange[] = [];
  let at = 0;
  for (const { first, last } of ours) {
    while ((theirs[at]?.last ?? last) < first) at += 1;
    for (let next = at; next < theirs.length; next += 1) {
      const other = theirs[next];
      if (other === undefined || other.first > last) break;
      common.push({
        first: first > other.first ? first : other.first,
        last: last < other.last ? last : other.last,
      });
    }
  }
  return common;
}
