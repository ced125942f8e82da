import { type Facts, type PathRecord, recordsOf, stretchesTo, transactionKey } from './facts.ts';
import { type Change, makeChanges, type Rows } from './rows.ts';

/** What a database holds at a point of its past. */
export interface State {
  readonly rows: Rows;
  /** Transactions prepared and not ended, by gid. */
  readonly prepared: ReadonlyMap<string, PreparedTransaction>;
}

/** A transaction that waits for its second phase. */
export interface PreparedTransaction {
  readonly xid: number;
  readonly changes: readonly Change[];
}

/** The state after all of `timeline` that its server wrote. */
export function stateAtEnd(facts: Facts, timeline: number): State {
  return stateAfter(facts, recordsOf(facts, stretchesTo(facts, timeline)));
}

/** The state after `records`, which begin with the very first. */
export function stateAfter(facts: Facts, records: readonly PathRecord[]): State {
  const prepared = new Map<number, string>();
  const rows = new Map<string, Map<number, string>>();
  for (const { event, timeline } of records) {
    if (event === undefined) continue;
    if (event.kind === 'prepare') prepared.set(event.xid, event.gid);
    if (event.kind !== 'commit' && event.kind !== 'abort') continue;
    prepared.delete(event.xid);
    if (event.kind === 'commit') makeChanges(rows, changesOf(facts, timeline, event.xid));
  }
  const timeline = records.at(-1)?.timeline ?? 1;
  return {
    rows,
    prepared: new Map(
      [...prepared].map(([xid, gid]) => [gid, { xid, changes: changesOf(facts, timeline, xid) }]),
    ),
  };
}

/** A transaction that was prepared on one timeline may end on its descendants. */
function changesOf(facts: Facts, timeline: number, xid: number): readonly Change[] {
  const owner = stretchesTo(facts, timeline)
    .toReversed()
    .map((stretch) => facts.transactions.get(transactionKey(stretch.timeline, xid)));
  // Transactions that the model did not make, such as those of a checkpoint's catalogue, change no rows.
  return owner.find((changes) => changes !== undefined) ?? [];
}
