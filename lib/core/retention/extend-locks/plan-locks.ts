import { sha256 } from '../../store/sha256.ts';
import type { PlannedBackup } from '../retention-plan.ts';

/** A backup that is kept past the recovery window, and until when its objects have to be locked. */
export interface LockedBackup extends Pick<PlannedBackup, 'id' | 'state'> {
  /** A whole second: stores cut the rest off. */
  readonly until: Date;
}

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
/** Picks of these rules outlive the lock that every object is born with. */
const LONG_RULES: ReadonlySet<string> = new Set(['monthly', 'yearly']);
const HELD_DAYS = 90;
/** An object is looked at once in so many days, each on a day of its own. */
const TURN_DAYS = 7;

/**
 * Backups whose locks have to reach further than the one they were born with, the longest first. Of the
 * newest of a month or year nobody can tell yet whether it stays that, so it waits; a hold without an end
 * reaches 90 days, and is renewed.
 */
export function planLocks(backups: readonly PlannedBackup[], now: Date): readonly LockedBackup[] {
  const renewed = new Date(now.getTime() + HELD_DAYS * DAY_MS);
  return backups
    .flatMap(({ id, state, stays, reasons, until }) => {
      const rules = stays ? reasons.map(({ rule }) => rule) : [];
      const isLong = rules.some((rule) => LONG_RULES.has(rule));
      const wanted = rules.includes('held') ? (until ?? renewed) : until;
      if (wanted === undefined || !(isLong || rules.includes('held'))) return [];
      return [{ id, state, until: new Date(Math.ceil(wanted.getTime() / SECOND_MS) * SECOND_MS) }];
    })
    .filter(({ until }) => until > now)
    .toSorted((a, b) => b.until.getTime() - a.until.getTime());
}

/** Whether it is an object's day: a million of them cost a seventh of the calls, and no record. */
export function hasTurn(key: string, now: Date): boolean {
  const day = Math.floor(now.getTime() / DAY_MS);
  const own = Number.parseInt(sha256(Buffer.from(key)).slice(0, 8), 16);
  return day % TURN_DAYS === own % TURN_DAYS;
}
