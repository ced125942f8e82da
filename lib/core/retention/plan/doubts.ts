import type { Reason } from '../retention-plan.ts';
import type { AliveTimelines } from './alive-timelines.ts';
import type { KnownBackup } from './known-backup.ts';
import type { RetentionFacts } from './retention-facts.ts';

/** Why nothing at all may be let go this time; empty when nothing is in doubt. */
export function findDoubts(
  { holds }: RetentionFacts,
  known: readonly KnownBackup[],
  { unknown }: AliveTimelines,
): readonly Reason[] {
  return [
    ...(known.some(({ isRestorable }) => isRestorable)
      ? []
      : [{ rule: 'no-restorable', says: 'no backup is restorable: whatever is there stays' }]),
    ...unknown.map((timeline) => ({
      rule: 'unknown-history',
      says: `timeline ${timeline} is in use and its history cannot be read: nobody can tell what it needs`,
    })),
    ...holds.damaged.map((key) => ({
      rule: 'held',
      says: `${key} cannot be read: in doubt it holds everything`,
    })),
  ];
}
