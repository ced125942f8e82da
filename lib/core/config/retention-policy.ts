import { z } from 'zod';
import { TimeZone } from './time-zone.ts';

/** Which rule's backups a size cap may let go earlier; the recovery window and holds never are. */
export const Shortenable = z.enum(['daily', 'weekly', 'monthly', 'yearly']);
export type Shortenable = z.output<typeof Shortenable>;

/** What of a lineage is kept, and for how long. */
export const RetentionPolicy = z.strictObject({
  /** Every moment of so many days back can be recovered. */
  windowDays: z.int().min(1).max(3_650).default(35),
  /** The newest backup of each of so many days, weeks (from Monday), months and years. */
  daily: z.int().min(0).max(3_650).default(7),
  weekly: z.int().min(0).max(520).default(4),
  monthly: z.int().min(0).max(240).default(12),
  yearly: z.int().min(0).max(100).default(0),
  /** So many restorable backups stay, however old. */
  minBackups: z.int().min(1).max(1_000).default(2),
  /** Stored bytes past which a warning is given, and `shorten` begins. @default - no cap */
  maxBytes: z.int().positive().optional(),
  /** What may go earlier when there are more than `maxBytes`, in this order. */
  shorten: z.array(Shortenable).default([]),
  /** In it days, weeks, months and years begin and end. */
  timeZone: TimeZone.default('UTC'),
  /** Only what two plans this far apart let go is tagged. */
  agreementDays: z.int().min(1).max(90).default(7),
  /** For so long an object that expired can be brought back. */
  undeleteDays: z.int().min(1).max(365).default(7),
  /** Parts without a record are of a failed backup after so long, and no earlier than its lease ends. */
  failedAfterHours: z.int().min(1).max(240).default(24),
});
export type RetentionPolicy = z.output<typeof RetentionPolicy>;
