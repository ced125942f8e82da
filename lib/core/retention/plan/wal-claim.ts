import { pathStretches, type Stretch } from '../../wal/continuity.ts';
import { parseSegment, segmentNumberAt, type SegmentRef } from '../../wal/segment.ts';
import { switchPoint, type TimelineHistory } from '../../wal/timeline-history.ts';
import type { Reason } from '../retention-plan.ts';
import type { KnownBackup } from './known-backup.ts';
import type { ArchiveFacts } from './retention-facts.ts';

/** Numbers of one timeline that stay, and why; without `last` to the end of whatever is there. */
export interface WalClaim extends Stretch {
  readonly reason: Reason;
}

/** Everything along `history` from number `from` on. */
export function claimPath(
  history: TimelineHistory,
  from: bigint,
  segmentBytes: number,
  reason: Reason,
): readonly WalClaim[] {
  return pathStretches(history, segmentBytes)
    .map((stretch) => ({ ...stretch, first: stretch.first > from ? stretch.first : from, reason }))
    .filter(({ first, last }) => last === undefined || first <= last);
}

/** What a backup needs to become consistent: its WAL from start to stop. */
export function claimOwn(
  { start, stop, recoverableOn }: KnownBackup,
  segmentBytes: number,
  reason: Reason,
): readonly WalClaim[] {
  const own = { timeline: start.timeline, first: start.number, last: stop.number, reason };
  // Where a timeline was left within the last segment, its successor has that one's bytes.
  const along = recoverableOn.flatMap((history) =>
    claimPath(history, start.number, segmentBytes, reason)
      .map((claim) => ({ ...claim, last: lower(claim.last, stop.number) }))
      .filter(({ first, last }) => first <= last),
  );
  return [own, ...along];
}

/** Everything that recovery from `start` could read, along every timeline that came from there. */
export function claimOnwards(
  { histories }: ArchiveFacts,
  start: SegmentRef,
  segmentBytes: number,
  reason: Reason,
): readonly WalClaim[] {
  const own = { timeline: start.timeline, first: start.number, last: undefined, reason };
  const descendants = [...histories.values()].filter((history) => {
    const left = switchPoint(history, start.timeline);
    return left !== undefined && segmentNumberAt(left, segmentBytes) >= start.number;
  });
  return [
    own,
    ...descendants.flatMap((history) => claimPath(history, start.number, segmentBytes, reason)),
  ];
}

/** Where the backup began whose folder has this name; `undefined` for a name of another shape. */
export function startOf(backupId: string, segmentBytes: number): SegmentRef | undefined {
  const [, name] = /-([0-9A-F]{24})$/.exec(backupId) ?? [];
  if (name === undefined) return undefined;
  try {
    return parseSegment(name, segmentBytes);
  } catch {
    return undefined;
  }
}

function lower(a: bigint | undefined, b: bigint): bigint {
  return a === undefined || b < a ? b : a;
}
