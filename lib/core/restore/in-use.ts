import { randomBytes } from 'node:crypto';
import { isOpsError } from '../errors/ops-error.ts';
import { withLease } from '../store/lease.ts';
import type { RecoveryContext } from './recovery-context.ts';

/** What `work` gave, and what somebody should know of the lease. */
export interface UsedBackup<T> {
  readonly value: T;
  readonly notes: readonly string[];
}

/** Long enough for a store that is out of reach for a moment. */
const TTL_MS = 300_000;
const UNKNOWN =
  'retention does not know of this recovery: to be sure that it lets go nothing of the backup, "holdfast hold" it';

/**
 * Runs `work` while the store says that backup `id` is in use, which retention heeds. Each recovery has a
 * lease of its own, so that several get along. Where none can be had, or it is lost, the work is done all the same.
 */
export async function withBackupInUse<T>(
  id: string,
  {
    store,
    lineage,
    clock,
    signal,
  }: Pick<RecoveryContext, 'store' | 'lineage' | 'clock' | 'signal'>,
  work: () => Promise<T>,
): Promise<UsedBackup<T>> {
  const key = lineage.keys.lease(`restore-${id}-${randomBytes(4).toString('hex')}`);
  const holder = { name: `recovery of ${id}`, ttlMs: TTL_MS, clock, signal };
  let begun: Promise<T> | undefined;
  let isLost = false;
  try {
    await withLease(store, key, holder, async (held) => {
      begun = work();
      await begun.catch(() => undefined);
      isLost = held.aborted && signal?.aborted !== true;
    });
  } catch (error) {
    if (begun === undefined && !isOpsError(error)) throw error;
    isLost = true;
  }
  const value = await (begun ?? work());
  return { value, notes: isLost ? [UNKNOWN] : [] };
}
