import type { TimelineHistory } from '../../wal/timeline-history.ts';
import { type KnownBackup, windowStart } from './known-backup.ts';
import type { RetentionFacts } from './retention-facts.ts';

/** Timelines on which a moment of the recovery window may lie, or that are written now. */
export interface AliveTimelines {
  readonly histories: readonly TimelineHistory[];
  /** Those of them whose history nobody can read: what leads to them is not known. */
  readonly unknown: readonly number[];
}

/**
 * The writer's timeline, those whose WAL came within the recovery window, and those of its backups. WAL of
 * a timeline that was left before the window began stays only where it leads to one of these.
 */
export function aliveTimelines(
  facts: RetentionFacts,
  known: readonly KnownBackup[],
): AliveTimelines {
  const { archive, writerTimeline } = facts;
  const since = windowStart(facts);
  const reaching = [...archive.newestAt].filter(([, at]) => at >= since);
  const alive = new Set([
    writerTimeline,
    ...reaching.map(([timeline]) => timeline),
    ...known.filter(({ isInWindow }) => isInWindow).map(({ start }) => start.timeline),
  ]);
  const timelines = [...alive].toSorted((a, b) => a - b);
  return {
    histories: timelines.flatMap((timeline) => archive.histories.get(timeline) ?? []),
    unknown: timelines.filter((timeline) => !archive.histories.has(timeline)),
  };
}
