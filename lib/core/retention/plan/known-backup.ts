import { follows } from '../../catalog/archive-gap.ts';
import { missingBetween, walPath } from '../../wal/continuity.ts';
import { parseSegment, type SegmentRef } from '../../wal/segment.ts';
import type { TimelineHistory } from '../../wal/timeline-history.ts';
import type { CompleteBackup, RetentionFacts } from './retention-facts.ts';

/** A complete backup, and where recovery can lead from it. */
export interface KnownBackup extends CompleteBackup {
  readonly id: string;
  readonly start: SegmentRef;
  readonly stop: SegmentRef;
  /** Timelines on which it lies, whether its WAL is there or not. */
  readonly followed: readonly TimelineHistory[];
  /** Those of them along which its WAL is there from start to stop. */
  readonly recoverableOn: readonly TimelineHistory[];
  readonly isRestorable: boolean;
  /** Finished or came within the recovery window, or after now by its server's clock. */
  readonly isInWindow: boolean;
}

const DAY_MS = 86_400_000;

/** Where the recovery window begins: its days have 24 hours each, whatever the clocks do. */
export function windowStart({ now, policy }: Pick<RetentionFacts, 'now' | 'policy'>): Date {
  return new Date(now.getTime() - policy.windowDays * DAY_MS);
}

/** Complete backups by the time at which they finished, oldest first. */
export function knownBackups(facts: RetentionFacts): readonly KnownBackup[] {
  return facts.backups
    .map((backup) => know(facts, backup))
    .toSorted((a, b) => compareTimes(a, b) || (a.id < b.id ? -1 : 1));
}

function know(facts: RetentionFacts, backup: CompleteBackup): KnownBackup {
  const { summary, newestAt } = backup;
  const { segmentBytes, archive } = facts;
  const { timeline, number } = parseSegment(summary.startSegment, segmentBytes);
  const start = { timeline, number };
  const stop = { timeline, number: parseSegment(summary.stopSegment, segmentBytes).number };
  const followed = [...archive.histories.values()].filter((history) => follows(summary, history));
  const recoverableOn = followed.filter((history) => {
    const { end } = walPath(archive.runs, history, start, segmentBytes);
    return end !== undefined && end.number >= stop.number;
  });
  const hasOwnWal = missingBetween(archive.runs, timeline, start.number, stop.number).length === 0;
  const since = windowStart(facts);
  return {
    ...backup,
    id: summary.id,
    start,
    stop,
    followed,
    recoverableOn,
    isRestorable: hasOwnWal || recoverableOn.length > 0,
    // A clock that was wrong may have stamped a new one with an old time: the store's own says so.
    isInWindow: summary.finishedAt >= since || newestAt >= since,
  };
}

function compareTimes(a: KnownBackup, b: KnownBackup): number {
  return a.summary.finishedAt.getTime() - b.summary.finishedAt.getTime();
}
