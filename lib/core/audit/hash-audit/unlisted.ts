import { SLOTS, type Sweep, type Unlisted } from './hash-record.ts';

/** Damaged objects that are too many to be listed: nobody reads them again before their slot's turn. */
export interface UnlistedCounts {
  /** By what is known of each slot since it was last read to its end. */
  readonly known: Unlisted;
  /** By the sweep that goes on; `undefined` without one. */
  readonly bySweep: Unlisted | undefined;
  readonly total: number;
}

/** What {@link countUnlisted} goes by. */
export interface UnlistedFacts {
  /** Of the audit before. */
  readonly before: Unlisted | undefined;
  /** Of the sweep that it left. */
  readonly beforeBySweep: Unlisted | undefined;
  /** Slots that were read to their end since. */
  readonly ended: ReadonlySet<number>;
  /** The sweep that is left now. */
  readonly sweep: Sweep | undefined;
  /** Slots of what was found since and is not listed. */
  readonly found: readonly number[];
}

/** A count stays until its slot was read to the end: then what was found there meanwhile takes its place. */
export function countUnlisted(facts: UnlistedFacts): UnlistedCounts {
  const { before = NONE, beforeBySweep = NONE, ended, sweep, found } = facts;
  const counts = [...NONE];
  for (const slot of found) counts[slot] = (counts[slot] ?? 0) + 1;
  const left = new Set(sweep?.slots);
  const swept = (slot: number): number => (beforeBySweep[slot] ?? 0) + (counts[slot] ?? 0);
  const known = before.map((count, slot) => {
    if (ended.has(slot)) return swept(slot);
    // Of a slot that nobody sweeps only what is listed was read.
    return left.has(slot) ? count : Math.max(count, counts[slot] ?? 0);
  });
  const bySweep = sweep && NONE.map((_, slot) => (left.has(slot) ? swept(slot) : 0));
  const total = known.reduce((sum, count, slot) => sum + Math.max(count, bySweep?.[slot] ?? 0), 0);
  return { known, bySweep, total };
}

const NONE: Unlisted = Array.from({ length: SLOTS }, () => 0);
