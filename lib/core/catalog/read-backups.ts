import { pMapIterable } from 'p-map';
import { type BackupKeys, lineageKeys } from '../contract/key-layout.ts';
import { isOpsError, OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ListOptions, ObjectHead, ObjectStore } from '../ports/object-store.ts';
import { isDamaged } from '../store/damaged.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { BackupRecord } from '../store/records.ts';

/** What reading a record says when it is there, and cannot be used. */
type Unreadable = 'STORE-CORRUPT' | 'STORE-FORMAT' | 'VAULT-KEY' | 'VAULT-SEALED';

/** A backup that must not be used, and why. */
export interface IncompleteBackup {
  readonly id: string;
  readonly reason: string;
  /** `BACKUP-FAILED` for parts without a record, else what is wrong with the record or its objects. */
  readonly code: 'BACKUP-FAILED' | 'STORE-ABSENT' | Unreadable;
  /** The object at fault. */
  readonly object: string;
}

/** What lies in one folder below `base/`. */
export interface FoundBackup {
  readonly id: string;
  /** In order of their keys. */
  readonly objects: readonly ObjectHead[];
  /** Its record, when the backup is complete. */
  readonly verdict: BackupRecord | IncompleteBackup;
}

/** Options of {@link readBackups}. */
export interface ReadBackupsOptions extends ListOptions {
  /** Told of every object that lies in no folder, and so belongs to no backup. */
  readonly onStray?: (head: ObjectHead) => void;
}

/** Hides the latency of a store, with few whole records in memory. */
const RECORDS_AT_ONCE = 4;

/** The objects a record names, by key, with the size each must have. */
export function objectsOf(record: BackupRecord): ReadonlyMap<string, number> {
  const keys = lineageKeys(record).backup(record.id);
  const rows = [...record.parts, record.manifest];
  return new Map(rows.map(({ name, storedBytes }) => [`${keys.prefix}${name}`, storedBytes]));
}

/**
 * Reads base backups from the store alone, oldest first: a backup is complete when its record is there
 * and whole, and every object it names is present with its size. Copies of a store arrive in any
 * order, so the record proves nothing by itself.
 */
export async function* readBackups(
  store: ObjectStore,
  lineage: Lineage,
  options: ReadBackupsOptions = {},
): AsyncGenerator<FoundBackup, void, undefined> {
  yield* pMapIterable(
    backupFolders(store, lineage, options),
    async (folder) => ({ ...folder, verdict: await judge(store, lineage, folder, options) }),
    { concurrency: RECORDS_AT_ONCE },
  );
}

/** Reads one backup, as {@link readBackups} reads each: at the cost of listing its own objects. */
export async function readBackup(
  store: ObjectStore,
  lineage: Lineage,
  id: string,
  options: CallOptions = {},
): Promise<BackupRecord | IncompleteBackup> {
  return (await readBackupFolder(store, lineage, id, options)).verdict;
}

/** As {@link readBackup}, with the objects that it lies in. */
export async function readBackupFolder(
  store: ObjectStore,
  lineage: Lineage,
  id: string,
  options: CallOptions = {},
): Promise<FoundBackup> {
  const objects = await Array.fromAsync(store.list(lineage.keys.backup(id).prefix, options));
  return { id, objects, verdict: await judge(store, lineage, { id, objects }, options) };
}

type Folder = Omit<FoundBackup, 'verdict'>;

/** Cuts one listing of everything below `base/` into folders. */
async function* backupFolders(
  store: ObjectStore,
  { keys: { basePrefix } }: Lineage,
  { onStray, ...options }: ReadBackupsOptions,
): AsyncGenerator<Folder, undefined> {
  let id: string | undefined;
  let objects: ObjectHead[] = [];
  for await (const head of store.list(basePrefix, options)) {
    const end = head.key.indexOf('/', basePrefix.length);
    if (end < 0) {
      onStray?.(head);
      continue;
    }
    const next = head.key.slice(basePrefix.length, end);
    if (next !== id) {
      if (id !== undefined) yield { id, objects };
      id = next;
      objects = [];
    }
    objects.push(head);
  }
  if (id !== undefined) yield { id, objects };
  return undefined;
}

/**
 * Reads the whole record of a backup.
 *
 * @throws {@link OpsError} `STORE-ABSENT`, `STORE-FORMAT`; `STORE-CORRUPT` also when it is another's.
 */
export async function readBackupRecord(
  store: ObjectStore,
  { keys, id: { systemIdentifier } }: Lineage,
  id: string,
  options: CallOptions = {},
): Promise<BackupRecord> {
  const { record: object } = keys.backup(id);
  const record = await getRecord(store, object, BackupRecord, options);
  if (record.id === id && record.systemIdentifier === systemIdentifier) return record;
  throw new OpsError('STORE-CORRUPT', `${object} names another backup`, {
    hint: 'objects were copied to a place where they do not belong: see where the store came from',
    details: { object },
  });
}

async function judge(
  store: ObjectStore,
  lineage: Lineage,
  { id, objects }: Folder,
  options: CallOptions,
): Promise<BackupRecord | IncompleteBackup> {
  const keys = lineage.keys.backup(id);
  let record: BackupRecord;
  try {
    record = await readBackupRecord(store, lineage, id, options);
  } catch (error) {
    return unreadable(error, id, keys);
  }
  const found = new Map(objects.map(({ key, bytes }) => [key, bytes]));
  for (const [object, bytes] of objectsOf(record)) {
    if (found.get(object) === bytes) continue;
    const reason = `${object} is missing or has another size`;
    return { id, code: 'STORE-ABSENT', object, reason };
  }
  return record;
}

function unreadable(error: unknown, id: string, keys: BackupKeys): IncompleteBackup {
  const object = keys.record;
  if (isOpsError(error, 'STORE-ABSENT')) {
    const reason = 'it has no record: it failed, or still runs';
    return { id, code: 'BACKUP-FAILED', object, reason };
  }
  // A key that one backup is sealed under and nobody has any more takes no other backup away.
  const isUnreadable =
    isDamaged(error) || isOpsError(error, 'STORE-FORMAT') || isOpsError(error, 'VAULT-KEY');
  if (!isUnreadable) throw error;
  return { id, code: error.code as Unreadable, object, reason: error.message };
}
