import { follows } from '../../../../lib/core/catalog/archive-gap.ts';
import { windowStart } from '../../../../lib/core/retention/plan/known-backup.ts';
import type { CompleteBackup } from '../../../../lib/core/retention/plan/retention-facts.ts';
import type { RetentionPlan } from '../../../../lib/core/retention/retention-plan.ts';
import { walPath } from '../../../../lib/core/wal/continuity.ts';
import { parseSegment } from '../../../../lib/core/wal/segment.ts';
import {
  segmentTimeline,
  type TimelineHistory,
} from '../../../../lib/core/wal/timeline-history.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { factsOf, idOf, type Past, type PastSegment } from './past.ts';

/** What is left when all that may go has gone. */
export function carriedOut(past: Past, plan: RetentionPlan): Past {
  const goes = new Set(plan.backups.filter(({ stays }) => !stays).map(({ id }) => id));
  const gone = plan.wal.filter(({ stays }) => !stays);
  return {
    ...past,
    backups: past.backups.filter((backup) => !goes.has(idOf(backup))),
    broken: past.broken.filter(({ id }) => !goes.has(id)),
    segments: past.segments.filter((one) => {
      const name = nameOf(one);
      return !gone.some(({ first, last }) => first <= name && name <= last);
    }),
  };
}

export function nameOf({ timeline, number }: Pick<PastSegment, 'timeline' | 'number'>): string {
  return segment(number, timeline);
}

/** Whether all WAL from start to stop is there along a timeline that the backup follows. */
export function recoversAlong(past: Past): (id: string, history: TimelineHistory) => boolean {
  const paths = pathsOf(past);
  return (id, history) => paths.some((path) => path.id === id && path.history === history);
}

/**
 * Every moment that can be recovered within the recovery window, as a name: a timeline, the number of the
 * segment that has the moment in it, and `by-time` where a backup had finished before by the server's clock.
 * Computed as recovery itself does: by the catalogue's own functions.
 */
export function recoverableMoments(past: Past): ReadonlySet<string> {
  const since = windowStart(past);
  const arrivals = new Map(past.segments.map((one) => [nameOf(one), one.arrivedAt]));
  const { segmentBytes } = factsOf(past);
  const moments = new Set<string>();
  for (const { history, backup, end } of pathsOf(past)) {
    const stop = parseSegment(backup.summary.stopSegment, segmentBytes).number;
    for (let number = stop; number <= end; number += 1n) {
      const owner = segmentTimeline(history, number, segmentBytes);
      const at = arrivals.get(segment(Number(number), owner));
      if (at === undefined || at < since) continue;
      moments.add(`${history.timeline}:${number}`);
      if (backup.summary.finishedAt <= at) moments.add(`${history.timeline}:${number} by-time`);
    }
  }
  return moments;
}

/** The last segment to which the timeline that is written can be recovered; `undefined` where nothing can. */
export function writerReach(past: Past): bigint | undefined {
  const ends = pathsOf(past)
    .filter(({ history }) => history.timeline === past.writerTimeline)
    .map(({ end }) => end);
  return ends.toSorted((a, b) => (a < b ? 1 : -1))[0];
}

interface Path {
  readonly id: string;
  readonly backup: CompleteBackup;
  readonly history: TimelineHistory;
  /** Number of the last segment. */
  readonly end: bigint;
}

function pathsOf(past: Past): readonly Path[] {
  const { backups, archive, segmentBytes } = factsOf(past);
  return backups.flatMap((backup) =>
    past.histories.flatMap((history): readonly Path[] => {
      const { summary } = backup;
      if (!follows(summary, history)) return [];
      const start = parseSegment(summary.startSegment, segmentBytes);
      const stop = parseSegment(summary.stopSegment, segmentBytes);
      const { end } = walPath(archive.runs, history, start, segmentBytes);
      if (end === undefined || end.number < stop.number) return [];
      return [{ id: summary.id, backup, history, end: end.number }];
    }),
  );
}
