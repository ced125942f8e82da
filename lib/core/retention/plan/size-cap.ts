import type { RetentionPolicy } from '../../config/retention-policy.ts';
import type { Picks } from './calendar-picks.ts';
import type { DraftPlan } from './draft-plan.ts';
import type { Keep } from './keep.ts';

/** Bytes of what a plan keeps. */
export function keptBytes({ backups, wal }: DraftPlan): number {
  return [...backups, ...wal]
    .filter(({ stays }) => stays)
    .reduce((sum, { storedBytes }) => sum + storedBytes, 0);
}

/**
 * The plan with as many of the calendar's picks as fit below the policy's `maxBytes`: the policy says which
 * rules give, each its oldest first. What no rule may give stays, however large.
 *
 * @param draft - makes the plan in which only the given picks count.
 */
export function fitCap(
  { maxBytes, shorten }: RetentionPolicy,
  picks: readonly Picks[],
  draft: (picks: readonly Keep[]) => DraftPlan,
): DraftPlan {
  let kept = picks;
  const plan = (): DraftPlan => draft(kept.flatMap(({ keeps }) => keeps));
  let fitting = plan();
  if (maxBytes === undefined) return fitting;
  for (const name of shorten) {
    const given = picks.find(({ rule }) => rule === name)?.keeps ?? [];
    // Ids begin with their backups' times.
    for (const id of [...new Set(given.map((one) => one.id))].toSorted()) {
      if (keptBytes(fitting) <= maxBytes) return fitting;
      kept = kept.map(({ rule, keeps }) => ({
        rule,
        keeps: rule === name ? keeps.filter((one) => one.id !== id) : keeps,
      }));
      fitting = plan();
    }
  }
  return fitting;
}
