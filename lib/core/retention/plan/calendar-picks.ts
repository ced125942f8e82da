import type { Shortenable } from '../../config/retention-policy.ts';
import { type Calendar, calendarIn, type Period } from './calendar.ts';
import { type Keep, keep } from './keep.ts';
import type { KnownBackup } from './known-backup.ts';
import type { RetentionFacts } from './retention-facts.ts';

/** The period of each rule, in the order in which people name them. */
const PERIODS: Readonly<Record<Shortenable, Period>> = {
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
};

/** What one rule picks, newest first. */
export interface Picks {
  readonly rule: Shortenable;
  readonly keeps: readonly Keep[];
}

/**
 * The newest backup of each of the last days, weeks, months and years that have any, so that nothing is let
 * go while no backup succeeds.
 *
 * @param restorable - oldest first, none of them from the future.
 */
export function calendarPicks(
  { policy, now }: RetentionFacts,
  restorable: readonly KnownBackup[],
): readonly Picks[] {
  const calendar = calendarIn(policy.timeZone);
  return Object.entries(PERIODS).map(([name, period]) => {
    const rule = name as Shortenable;
    const newest = newestByPeriod(restorable, calendar, period).slice(0, policy[rule]);
    const current = calendar.periodOf(period, now);
    const keeps = newest.map(([number, backup], rank) => {
      const says = `the newest of ${calendar.nameOf(period, number)} (${policy.timeZone}), one of ${policy[rule]} ${rule}`;
      // In its own period a newer one may take its place.
      if (number >= current) return keep(backup.id, rule, says);
      const isCurrentTaken = newest[0]?.[0] === current;
      const toCome = policy[rule] - rank - Number(!isCurrentTaken);
      const until = calendar.startOf(period, current + toCome);
      return keep(backup.id, rule, says, until > now ? until : undefined);
    });
    return { rule, keeps };
  });
}

function newestByPeriod(
  restorable: readonly KnownBackup[],
  calendar: Calendar,
  period: Period,
): readonly (readonly [number, KnownBackup])[] {
  const newest = new Map<number, KnownBackup>();
  for (const backup of restorable) {
    newest.set(calendar.periodOf(period, backup.summary.finishedAt), backup);
  }
  return [...newest].toSorted(([a], [b]) => b - a);
}
