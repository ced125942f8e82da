import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { isDamaged } from '../store/damaged.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { AppliedRecord } from './applied-record.ts';

/** Consecutive segments of one timeline by name, both ends included. */
export type WalRange = AppliedRecord['wal'][number];

/**
 * WAL that retention has let go, at the cost of one listing and one read: where it lay is no hole that
 * anybody has to mend. Who may not read that, or finds it damaged, sees every hole as one.
 *
 * @throws {@link OpsError} the store's own, when it cannot be reached.
 */
export async function readGoneWal(
  store: ObjectStore,
  { keys }: Lineage,
  { signal }: CallOptions = {},
): Promise<readonly WalRange[]> {
  let newest: string | undefined;
  for await (const { key } of store.list(keys.retention.appliedPrefix, { signal })) newest = key;
  if (newest === undefined) return [];
  try {
    const { gone, wal } = await getRecord(store, newest, AppliedRecord, { signal });
    return gone ?? wal;
  } catch (error) {
    const isUnreadable = ['STORE-DENIED', 'STORE-FORMAT'] as const;
    if (isDamaged(error) || isUnreadable.some((code) => isOpsError(error, code))) return [];
    throw error;
  }
}

/** Whether all of a range lies in one of `ranges`. */
export function liesWithin(ranges: readonly WalRange[], { first, last }: WalRange): boolean {
  return ranges.some((range) => range.first <= first && last <= range.last);
}

/** Whether a segment lies in one of `ranges`. */
export function isInRanges(ranges: readonly WalRange[], segment: string): boolean {
  // Names of one timeline sort as their numbers do.
  return ranges.some(({ first, last }) => first <= segment && segment <= last);
}
