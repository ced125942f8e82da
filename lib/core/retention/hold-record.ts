import { z } from 'zod';
import { Instant } from '../store/records.ts';

/** `hold/<id>.json`: a backup, and all it needs, stays whatever the policy says. Write-once. */
export const HoldRecord = z.object({
  /** Sorts by time. */
  id: z.string().min(1),
  backupId: z.string().min(1),
  /** A legal one is released with its own word only. */
  kind: z.enum(['operator', 'legal']),
  reason: z.string().min(1),
  by: z.string().min(1),
  at: Instant,
  /** Absent: until it is released. */
  until: Instant.optional(),
});
export type HoldRecord = z.output<typeof HoldRecord>;

/** `hold/<id>-release.json`: the hold ended. Write-once. */
export const HoldRelease = z.object({
  id: z.string().min(1),
  by: z.string().min(1),
  reason: z.string().min(1),
  at: Instant,
});
export type HoldRelease = z.output<typeof HoldRelease>;
