import type { RetentionPolicy } from './retention-policy.ts';

/** A hold without an end is locked for so long, and the lock is renewed. */
const HELD_DAYS = 90;

const WEEK_DAYS = 7;
const MONTH_DAYS = 31;
const YEAR_DAYS = 366;

/**
 * The longest for which a policy gives a reason to lock an object, in days: the store's policy lets nobody
 * lock for longer, because nobody can take it back.
 */
export function longestLockDays(policy: RetentionPolicy): number {
  const { windowDays, daily, weekly, monthly, yearly } = policy;
  const picks = [daily, weekly * WEEK_DAYS, monthly * MONTH_DAYS, yearly * YEAR_DAYS];
  return Math.max(windowDays, HELD_DAYS, ...picks);
}
