import { z } from 'zod';
import { longestLockDays } from '../../core/config/longest-lock.ts';
import { RetentionPolicy } from '../../core/config/retention-policy.ts';
import { TimeZone } from '../../core/config/time-zone.ts';
import { intervalDays, type Schedule } from './schedule.ts';

const {
  windowDays,
  daily,
  weekly,
  monthly,
  yearly,
  minBackups,
  shorten,
  agreementDays,
  undeleteDays,
} = RetentionPolicy.shape;

/** How object lock keeps what comes in from being removed, whatever anybody's rights are. */
const Lock = z.strictObject({
  /**
   * `governance`: the role for emergencies may end a lock. `compliance`: nobody may before its time is over,
   * not the account's root user and not AWS; it takes an environment with `terminationProtection`.
   */
  mode: z.enum(['governance', 'compliance']).default('governance'),
  /** @default - as long as objects may be needed: the window, the days between two backups, and the grace */
  days: z.int().min(1).max(36_500).optional(),
  /** For backups that take long, come late, or fail. */
  graceDays: z.int().min(1).max(90).default(7),
});

/** What is kept of a cluster's archive, for how long, and how it is kept from being lost. */
export const Retention = z.strictObject({
  /** Every moment of so many days back can be recovered. */
  days: windowDays,
  /** The newest backup of each of so many days, weeks (from Monday), months and years that have any. */
  daily,
  weekly,
  monthly,
  yearly,
  /** So many restorable backups stay, however old. */
  minBackups,
  /** Stored GiB past which a warning is given, and `shorten` begins. @default - no cap */
  maxGiB: z.int().min(1).max(1_000_000).optional(),
  /** What may go earlier when there is more than `maxGiB`, in this order. */
  shorten,
  /** In it days, weeks, months and years begin and end. @default - that of the backups' schedule */
  timeZone: TimeZone.optional(),
  /** Only what two plans this far apart let go is let go. */
  agreementDays,
  /** For so long an object that expired can be brought back. */
  undeleteDays,
  lock: Lock.prefault({}),
  /** For so long the key can be called back when somebody has scheduled its deletion. */
  keyDeletionDays: z.int().min(7).max(30).default(30),
  /**
   * What is so many days old moves to Glacier Instant Retrieval; docs/costs.md has the sum.
   *
   * @default - nothing moves
   */
  archiveAfterDays: z.int().min(1).max(36_500).optional(),
});
export type Retention = z.output<typeof Retention>;

/** What of a cluster decides for how long its objects are needed. */
export interface RetentionParts {
  readonly retention: Retention;
  readonly backup: { readonly schedule: Schedule; readonly timeoutHours: number };
}

const GIB = 1_073_741_824;
/** A task's retry has a limit of its own. */
const ATTEMPTS = 2;
const DAY_HOURS = 24;

/** The policy as the engine takes it. */
export function retentionPolicyOf({ retention, backup }: RetentionParts): RetentionPolicy {
  const {
    days,
    maxGiB,
    timeZone,
    lock: _,
    keyDeletionDays: __,
    archiveAfterDays: ___,
    ...same
  } = retention;
  return RetentionPolicy.parse({
    ...same,
    windowDays: days,
    timeZone: timeZone ?? backup.schedule.timeZone,
    failedAfterHours: failedAfterHours(days, backup.timeoutHours),
    ...(maxGiB !== undefined && { maxBytes: maxGiB * GIB }),
  });
}

/**
 * For so many days an object may be needed after it was put: WAL and backup at the beginning of the window
 * are, until a newer backup is as old as the window is long.
 */
export function neededDays({ retention, backup }: RetentionParts): number {
  return retention.days + intervalDays(backup.schedule) + retention.lock.graceDays;
}

/** For so many days no version can be removed. */
export function lockDays(parts: RetentionParts): number {
  return parts.retention.lock.days ?? neededDays(parts);
}

/** How object lock keeps an archive. */
export interface ArchiveLock {
  readonly mode: Retention['lock']['mode'];
  /** For so many days each new version. */
  readonly days: number;
  /** For so many days any version at most. */
  readonly longestDays: number;
}

/** The lock of a cluster's archive. */
export function archiveLock(parts: RetentionParts): ArchiveLock {
  const days = lockDays(parts);
  const longest = Math.max(days, longestLockDays(retentionPolicyOf(parts)));
  // What is left of a day counts as one.
  return { mode: parts.retention.lock.mode, days, longestDays: longest + 1 };
}

/** Both attempts are over by then; no failed backup stays longer than a whole one. */
function failedAfterHours(windowDays: number, timeoutHours: number): number {
  const over = Math.max(DAY_HOURS, Math.ceil(timeoutHours * ATTEMPTS));
  return Math.min(over, windowDays * DAY_HOURS);
}
