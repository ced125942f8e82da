import type { DeploymentFault } from './deployment-faults.ts';
import type { RetentionParts } from './retention.ts';
import { intervalDays } from './schedule.ts';

/**
 * For so many days an object in Glacier Instant Retrieval is paid, however early it goes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
const PAID_DAYS = 90;
/** Until a tag has become a marker, and a day in which nobody may be late. */
const LIFECYCLE_DAYS = 2;
const WEEK_DAYS = 7;
/** The shortest there are: what pays then pays always. */
const MONTH_DAYS = 28;
const YEAR_DAYS = 365;

/**
 * The first day on which nothing may move to another class that the window or an earlier pick needs, or
 * that is about to go.
 */
export function firstColdDay({ retention, backup }: RetentionParts): number {
  const { days, daily, weekly, agreementDays, lock } = retention;
  const interval = intervalDays(backup.schedule);
  const window = days + interval + lock.graceDays;
  return (
    Math.max(window, daily * interval, (weekly + 1) * WEEK_DAYS) + agreementDays + LIFECYCLE_DAYS
  );
}

/** Why moving what is old to another class would cost more than it saves, or reach what must be at hand. */
export function coldStorageFaults(parts: RetentionParts): readonly DeploymentFault[] {
  const { archiveAfterDays: after, monthly, yearly } = parts.retention;
  if (after === undefined) return [];
  const path = ['archiveAfterDays'];
  const first = firstColdDay(parts);
  if (after < first) {
    const message = `${after} is before day ${first}: until then the window of ${parts.retention.days} days, daily or weekly backups need what is there`;
    return [{ path, message }];
  }
  const kept = [
    { rule: 'monthly', count: monthly, days: monthly * MONTH_DAYS },
    { rule: 'yearly', count: yearly, days: yearly * YEAR_DAYS },
  ].filter(({ days }) => days > after);
  if (kept.length === 0) {
    const message = `${after} days are more than any backup is kept: monthly is ${monthly}, yearly is ${yearly}`;
    return [{ path, message }];
  }
  return kept
    .filter(({ days }) => days - after < PAID_DAYS)
    .map(({ rule, count, days }) => ({
      path,
      message: `${after} leaves ${days - after} of the ${days} days for which ${rule} backups are kept, ${rule} being ${count}: ${PAID_DAYS} are paid`,
    }));
}
