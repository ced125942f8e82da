import { z } from 'zod';
import { Instant } from '../store/records.ts';

const WalRange = z.object({ first: z.string(), last: z.string() });

/**
 * `retention/applied/<plan id>.json`: what is tagged because two plans let it go. Write-once, put before the
 * first tag; the newest one has the floors of all before it.
 */
export const AppliedRecord = z.object({
  /** The plan of the day, and the older one that agreed; the same where it only keeps what had been let go. */
  planId: z.string().min(1),
  agreedWith: z.string().min(1),
  at: Instant,
  /** Folders below `base/`. */
  backups: z.array(z.string().min(1)),
  /** Names of segments, both ends included. */
  wal: z.array(WalRange),
  /** What had been let go before, was there, and this plan keeps. @default - nothing */
  kept: z.object({ backups: z.array(z.string().min(1)), wal: z.array(WalRange) }).optional(),
  /**
   * All WAL whose segments were there when they were let go, this included, but what is kept again: where it
   * lay is no hole.
   *
   * @default - only `wal` is known
   */
  gone: z.array(WalRange).optional(),
  /** Ids of what was undone before, and is taken back by now. @default - their moments have to tell */
  undoneKnown: z.array(z.string()).optional(),
  /**
   * By timeline: no segment before this one is ever stored again, because its name may have been let go,
   * and a name that is free would take other bytes.
   */
  floors: z.array(z.object({ timeline: z.int().positive(), before: z.string() })),
});
export type AppliedRecord = z.output<typeof AppliedRecord>;

/** `retention/undone/<id>.json`: no plan up to `at` counts any more, and what they tagged is kept. Write-once. */
export const UndoneRecord = z.object({
  at: Instant,
  by: z.string().min(1),
  reason: z.string().min(1),
});
export type UndoneRecord = z.output<typeof UndoneRecord>;
