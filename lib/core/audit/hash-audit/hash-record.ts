import { z } from 'zod';
import { Instant } from '../../store/records.ts';
import { Findings } from '../archive-audit/audit-record.ts';

const Count = z.int().nonnegative();

/** Into so many parts all objects fall by their keys: one a day, and each byte is read within a month. */
export const SLOTS = 28;

/** Of each slot, how many damaged objects were too many to be listed. */
export const Unlisted = z.array(Count).length(SLOTS);
export type Unlisted = z.output<typeof Unlisted>;

/** Where a sweep through the objects of some slots has come to. */
export const Sweep = z.object({
  slots: z.array(
    z
      .int()
      .min(0)
      .max(SLOTS - 1),
  ),
  startedAt: Instant,
  area: z.enum(['base', 'other', 'wal']),
  /** The last key that was read. */
  after: z.string().optional(),
  /** Found by it so far. */
  unlisted: Unlisted.optional(),
});
export type Sweep = z.output<typeof Sweep>;

/** `audit/<id>-hash.json`: which bytes were read and when, and what was wrong with them. Write-once. */
export const HashRecord = z.object({
  id: z.string().regex(/^\d{8}T\d{6}Z$/),
  at: Instant,
  /** What was read. Records come along to the copy in another region, and say nothing of it. */
  store: z.string().min(1).optional(),
  /** When the objects of each slot are to be read next. */
  dueAt: z.array(Instant).length(SLOTS),
  /** The sweep that the next audit goes on with; absent when it was ended. */
  sweep: Sweep.optional(),
  /** By this audit. */
  readObjects: Count,
  readBytes: Count,
  /** All objects that are known to be damaged: those that are listed are read again by each audit. */
  findings: Findings,
  /** Those that are not, until their slot was read again; absent while there are none. */
  unlisted: Unlisted.optional(),
});
export type HashRecord = z.output<typeof HashRecord>;
