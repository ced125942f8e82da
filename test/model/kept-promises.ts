import { type Facts, transactionKey } from './facts.ts';
import { ModelMismatch } from './mismatch.ts';
import type { Change } from './rows.ts';

/** A commit that the server has promised to keep. */
export interface Acknowledged {
  readonly xid: number;
  readonly changes: readonly Change[];
  /** When it was asked for, and when the answer came, on one clock. */
  readonly sentMs: number;
  readonly heardMs: number;
}

/**
 * Every acknowledged commit must be on the tape of its timeline, as the very transaction that was
 * acknowledged, and none behind another that was asked for only after it was acknowledged.
 */
export function assertKept(
  facts: Facts,
  timeline: number,
  acknowledged: readonly Acknowledged[],
): void {
  const tape = facts.timelines.get(timeline)?.tape ?? [];
  const places = new Map(
    tape.flatMap(({ event }, index) => (event?.kind === 'commit' ? [[event.xid, index]] : [])),
  );
  const placed = acknowledged.map((one) => {
    const place = places.get(one.xid);
    const changes = facts.transactions.get(transactionKey(timeline, one.xid));
    if (place === undefined || changes !== one.changes) {
      throw new ModelMismatch(`the commit of transaction ${one.xid} was acknowledged and is lost`);
    }
    return { ...one, place };
  });
  let earliestHeard = Infinity;
  for (const { xid, sentMs, heardMs } of placed.toSorted((a, b) => b.place - a.place)) {
    if (earliestHeard < sentMs) {
      throw new ModelMismatch(
        `transaction ${xid} was written before one that ended before it began`,
      );
    }
    earliestHeard = Math.min(earliestHeard, heardMs);
  }
}
