import { z } from 'zod';
import { RetentionPolicy } from '../config/retention-policy.ts';
import { Instant } from '../store/records.ts';

/** Why something stays or goes: a word for programs, a sentence for people. */
export const Reason = z.object({
  /** Such as `window`, `window-base`, `monthly`, `held`, `in-use`; `expired`, `failed-backup`. */
  rule: z.string().min(1),
  says: z.string().min(1),
});
export type Reason = z.output<typeof Reason>;

const Count = z.int().nonnegative();
const SegmentName = z.string().regex(/^[0-9A-F]{24}$/);

/** What becomes of one folder below `base/`. */
export const PlannedBackup = z.object({
  id: z.string().min(1),
  state: z.enum(['restorable', 'complete', 'failed', 'running', 'unreadable']),
  stays: z.boolean(),
  /** All of them: at least one. */
  reasons: z.array(Reason).min(1),
  storedBytes: Count,
  /** Not before this will the policy, as it is now, let it go; absent where nobody can tell. */
  until: Instant.optional(),
});
export type PlannedBackup = z.output<typeof PlannedBackup>;

/** Consecutive segments of one timeline, both ends included, that stay or go together. */
export const PlannedWal = z.object({
  first: SegmentName,
  last: SegmentName,
  stays: z.boolean(),
  reasons: z.array(Reason).min(1),
  /** Segments that the store had: all of the range, or none, when only what went with them was there. */
  segments: Count,
  /** With indexes and whatever else goes with them. Cut out of a longer stretch, they are that one's average. */
  storedBytes: Count,
});
export type PlannedWal = z.output<typeof PlannedWal>;

/** `retention/plan/<id>.json`: what one plan keeps of a lineage and lets go. Write-once. */
export const RetentionPlan = z.object({
  /** The moment, as an occurrence's id. */
  id: z.string().regex(/^\d{8}T\d{6}Z$/),
  at: Instant,
  /** Where it was made. Records are copied to another region with all else, and say nothing of the copy. */
  store: z.string().min(1).optional(),
  policy: RetentionPolicy,
  /** By id, which begins with the time: oldest first. */
  backups: z.array(PlannedBackup),
  /** By name. What lies in none of them stays. */
  wal: z.array(PlannedWal),
  /** What a person should know, with the bytes at stake. */
  warnings: z.array(Reason),
});
export type RetentionPlan = z.output<typeof RetentionPlan>;
