import { pMapIterable } from 'p-map';
import { lineageKeys } from '../../contract/key-layout.ts';
import { objectsOf, readBackupRecord } from '../../catalog/read-backups.ts';
import { isOpsError, type OpsError } from '../../errors/ops-error.ts';
import type { CallOptions, HiddenObject, ObjectStore } from '../../ports/object-store.ts';
import { isDamaged } from '../../store/damaged.ts';
import { readingHidden } from '../../store/reading-hidden.ts';
import type { BackupRecord } from '../../store/records.ts';
import type { ChosenHidden, HiddenArchive, HiddenBackup } from './chosen-hidden.ts';
import { putBack } from './put-back.ts';
import { leftBehind, notWhole } from './undelete-refusals.ts';

/** How it is done. */
export interface UndeleteOptions extends CallOptions {
  /** Told after each object that came back. */
  readonly onObject?: ((hidden: HiddenObject) => void) | undefined;
}

/** What came back. */
export interface Undeleted {
  readonly objects: number;
  readonly bytes: number;
}

/** Whole segments are held in memory. */
const MAX_PARALLEL = 4;
const MAX_PARALLEL_BYTES = 64 * 1024 * 1024;
/** What says that one object cannot come back, and nothing of the others. */
const isKeptBack = (error: unknown): error is OpsError =>
  isDamaged(error) || isOpsError(error, 'VAULT-HIDDEN');

/**
 * Puts back what is hidden, by conditional puts: WAL first, then of each backup its parts, its manifest,
 * and its record last, once all that it names is there, so that no backup is listed before it is whole.
 * Interrupted anywhere, the same call goes on: what came back is not hidden any more.
 *
 * What cannot come back keeps nothing but its own backup's record from it.
 *
 * @throws {@link OpsError} at the end: `VAULT-HIDDEN` when something else is in the place of one, or a backup
 *   cannot come back whole; `STORE-CORRUPT` for one that is damaged. At once: the store's own.
 */
export async function runUndelete(
  archive: HiddenArchive,
  chosen: ChosenHidden,
  options: UndeleteOptions = {},
): Promise<Undeleted> {
  const { onObject, ...call } = options;
  let objects = 0;
  let bytes = 0;
  const failures: OpsError[] = [];
  const restore = async (hidden: HiddenObject, storedSha256?: string): Promise<void> => {
    try {
      await putBack(archive, hidden, { ...call, storedSha256 });
    } catch (error) {
      if (!isKeptBack(error)) throw error;
      failures.push(error);
      return;
    }
    objects += 1;
    bytes += hidden.bytes;
    onObject?.(hidden);
  };
  const concurrency = parallelFor(archive.lineage.identity.segmentBytes);
  const others = pMapIterable(chosen.others(), async (one) => restore(one), { concurrency });
  for await (const _ of others);
  for await (const backup of chosen.backups()) {
    const failure = await restoreBackup(archive, backup, restore, call);
    if (failure !== undefined) failures.push(failure);
  }
  const left = leftBehind(failures);
  if (left !== undefined) throw left;
  return { objects, bytes };
}

async function restoreBackup(
  { store, lineage }: HiddenArchive,
  { id, objects }: HiddenBackup,
  restore: (hidden: HiddenObject, storedSha256?: string) => Promise<void>,
  options: CallOptions,
): Promise<OpsError | undefined> {
  const { prefix, record: recordKey } = lineage.keys.backup(id);
  const record = await readIfThere({ store: readingHidden(store), lineage }, id, options);
  const hashes = new Map(
    [...(record?.parts ?? []), ...(record === undefined ? [] : [record.manifest])].map(
      ({ name, storedSha256 }) => [`${prefix}${name}`, storedSha256],
    ),
  );
  for (const hidden of objects) {
    if (hidden.key === recordKey && record !== undefined) {
      const missing = await firstMissing(store, record, options);
      if (missing !== undefined) return notWhole(id, missing);
    }
    await restore(hidden, hashes.get(hidden.key));
  }
  return undefined;
}

/** A failed backup has no record; one that cannot be read comes back as it is, and is reported by all. */
async function readIfThere(
  { store, lineage }: HiddenArchive,
  id: string,
  options: CallOptions,
): Promise<BackupRecord | undefined> {
  try {
    return await readBackupRecord(store, lineage, id, options);
  } catch (error) {
    const codes = ['STORE-ABSENT', 'STORE-FORMAT'] as const;
    if (isDamaged(error) || codes.some((code) => isOpsError(error, code))) return undefined;
    throw error;
  }
}

/** The first object that a record names and that is not there with its size. */
async function firstMissing(
  store: ObjectStore,
  record: BackupRecord,
  options: CallOptions,
): Promise<string | undefined> {
  const { prefix } = lineageKeys(record).backup(record.id);
  const there = new Map<string, number>();
  for await (const { key, bytes } of store.list(prefix, options)) there.set(key, bytes);
  return [...objectsOf(record)].find(([key, bytes]) => there.get(key) !== bytes)?.[0];
}

function parallelFor(segmentBytes: number): number {
  return Math.max(1, Math.min(MAX_PARALLEL, Math.floor(MAX_PARALLEL_BYTES / segmentBytes)));
}
