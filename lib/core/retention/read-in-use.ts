import { BACKUP_LEASE } from '../contract/key-layout.ts';
import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { isDamaged } from '../store/damaged.ts';
import { leaseHolder } from '../store/lease.ts';
import type { Lineage } from '../store/lineage.ts';

/** What is at work in a lineage, by its leases. */
export interface WorkUnderWay {
  readonly isBackupRunning: boolean;
  /** Backups that are being restored or drilled. */
  readonly inUse: readonly string[];
}

/** Each recovery holds a lease of its own, `lease/restore-<backup id>-<8 digits>.json`; a drill may as well. */
const USER = /^(?:restore|drill)-(.+?)(?:-[0-9a-f]{8})?\.json$/;

/** Reads the leases; one that is damaged counts as held, because nobody can tell. */
export async function readWorkUnderWay(
  store: ObjectStore,
  { keys }: Lineage,
  now: Date,
  options: CallOptions = {},
): Promise<WorkUnderWay> {
  const isHeld = async (key: string): Promise<boolean> => {
    try {
      return (await leaseHolder(store, key, now, options)) !== undefined;
    } catch (error) {
      if (isDamaged(error) || isOpsError(error, 'STORE-FORMAT')) return true;
      throw error;
    }
  };
  const prefix = `${keys.prefix}lease/`;
  const found: string[] = [];
  for await (const { key } of store.list(prefix, options)) found.push(key);
  const inUse = new Set<string>();
  for (const key of found) {
    const [, backupId] = USER.exec(key.slice(prefix.length)) ?? [];
    if (backupId !== undefined && (await isHeld(key))) inUse.add(backupId);
  }
  return { isBackupRunning: await isHeld(keys.lease(BACKUP_LEASE)), inUse: [...inUse] };
}
