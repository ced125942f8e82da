import { type BackupKeys, lineageKeys } from '../contract/key-layout.ts';
import { isOpsError, OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { BackupRecord } from '../store/records.ts';

/** A backup that must not be used, and why. */
export interface IncompleteBackup {
  readonly id: string;
  readonly reason: string;
  /** `BACKUP-FAILED` for parts without a record, else what is wrong with the record or its objects. */
  readonly code: 'BACKUP-FAILED' | 'STORE-CORRUPT' | 'STORE-FORMAT' | 'STORE-ABSENT';
  /** The object at fault. */
  readonly object: string;
}

/** Base backups of a lineage. */
export interface BackupListing {
  /** Complete ones, oldest first. */
  readonly backups: readonly BackupRecord[];
  readonly incomplete: readonly IncompleteBackup[];
}

/** The objects a record names, by key, with the size each must have. */
export function objectsOf(record: BackupRecord): ReadonlyMap<string, number> {
  const keys = lineageKeys(record).backup(record.id);
  const rows = [...record.parts, record.manifest];
  return new Map(rows.map(({ name, storedBytes }) => [`${keys.prefix}${name}`, storedBytes]));
}

/**
 * Lists base backups from the store alone: a backup is complete when its record is there and whole,
 * and every object it names is present with its size. Copies of a store arrive in any order, so the
 * record proves nothing by itself.
 */
export async function listBackups(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions = {},
): Promise<BackupListing> {
  const backups: BackupRecord[] = [];
  const incomplete: IncompleteBackup[] = [];
  for await (const id of store.folders(lineage.keys.basePrefix, options)) {
    const verdict = await readBackup(store, lineage, id, options);
    if ('reason' in verdict) incomplete.push(verdict);
    else backups.push(verdict);
  }
  return { backups, incomplete };
}

/**
 * Chooses a backup by id.
 *
 * @throws {@link OpsError} `CATALOG-BACKUP` when there is no complete backup of that id, with those
 *   there are.
 */
export function findBackup(listing: BackupListing, id: string): BackupRecord {
  const found = listing.backups.find((backup) => backup.id === id);
  if (found !== undefined) return found;
  const broken = listing.incomplete.find((backup) => backup.id === id);
  const ids = listing.backups.map((backup) => backup.id);
  throw new OpsError(
    'CATALOG-BACKUP',
    broken === undefined
      ? `there is no backup ${id}`
      : `backup ${id} is unusable: ${broken.reason}`,
    { hint: ids.length === 0 ? 'there is no complete backup' : `there are ${ids.join(', ')}` },
  );
}

async function readBackup(
  store: ObjectStore,
  lineage: Lineage,
  id: string,
  options: CallOptions,
): Promise<BackupRecord | IncompleteBackup> {
  const keys = lineage.keys.backup(id);
  let record: BackupRecord;
  try {
    record = await getRecord(store, keys.record, BackupRecord, options);
  } catch (error) {
    return unreadable(error, id, keys);
  }
  if (record.id !== id || record.systemIdentifier !== lineage.id.systemIdentifier) {
    const reason = 'its record names another backup';
    return { id, code: 'STORE-CORRUPT', object: keys.record, reason };
  }
  const missing = new Map(objectsOf(record));
  for await (const { key, bytes } of store.list(keys.prefix, options)) {
    if (missing.get(key) === bytes) missing.delete(key);
  }
  const [lost] = missing.keys();
  if (lost === undefined) return record;
  const reason = `${lost} is missing or has another size`;
  return { id, code: 'STORE-ABSENT', object: lost, reason };
}

function unreadable(error: unknown, id: string, keys: BackupKeys): IncompleteBackup {
  const object = keys.record;
  if (isOpsError(error, 'STORE-ABSENT')) {
    const reason = 'it has no record: it failed, or still runs';
    return { id, code: 'BACKUP-FAILED', object, reason };
  }
  if (isOpsError(error, 'STORE-CORRUPT') || isOpsError(error, 'STORE-FORMAT')) {
    return {
      id,
      code: error.code as 'STORE-CORRUPT' | 'STORE-FORMAT',
      object,
      reason: error.message,
    };
  }
  throw error;
}
