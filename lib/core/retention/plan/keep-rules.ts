import { follows } from '../../catalog/archive-gap.ts';
import { calendarPicks, type Picks } from './calendar-picks.ts';
import { type Keep, keep } from './keep.ts';
import type { KnownBackup } from './known-backup.ts';
import type { RetentionFacts } from './retention-facts.ts';

/** The rule of holds. */
export const HELD = 'held';

/** The rules besides the window's. */
export interface RuleKeeps {
  /** What only a change of the policy lets go. */
  readonly firm: readonly Keep[];
  /** By rule: what a size cap may let go earlier. */
  readonly picks: readonly Picks[];
}

/**
 * What the newest, the calendar, holds and recoveries keep. The calendar's rules and the newest are asked
 * twice: of all restorable backups, and of those that lead to the writer's timeline, because one of a
 * timeline that was given up is no protection of what is written now.
 *
 * @param known - oldest first.
 */
export function ruleKeeps(facts: RetentionFacts, known: readonly KnownBackup[]): RuleKeeps {
  const { now, archive, writerTimeline, holds, inUse, policy } = facts;
  const past = known.filter((one) => one.isRestorable && one.summary.finishedAt <= now);
  const writer = archive.histories.get(writerTimeline);
  const leading = past.filter(({ summary }) => writer === undefined || follows(summary, writer));
  const asked = leading.length === past.length ? [past] : [past, leading];
  const newest = asked.flatMap((list) => [
    ...list.slice(-1).map(({ id }) => keep(id, 'newest', 'the newest restorable backup')),
    ...list
      .slice(-policy.minBackups)
      .map(({ id }) => keep(id, 'min-backups', `one of the newest ${policy.minBackups}`)),
  ]);
  const held = holds.standing
    .filter(({ until }) => until === undefined || until > now)
    .map(({ backupId, kind, reason, by, until }) =>
      keep(backupId, HELD, `${kind} hold of ${by}: ${reason}`, until),
    );
  const used = inUse.map((id) => keep(id, 'in-use', 'it is being restored or drilled'));
  return {
    firm: [...newest, ...held, ...used],
    picks: mergePicks(asked.flatMap((list) => calendarPicks(facts, list))),
  };
}

function mergePicks(picks: readonly Picks[]): readonly Picks[] {
  const byRule = Map.groupBy(picks, ({ rule }) => rule);
  return [...byRule].map(([rule, some]) => ({ rule, keeps: some.flatMap(({ keeps }) => keeps) }));
}
