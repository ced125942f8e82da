import { objectsOf } from '../catalog/backup-listing.ts';
import {
  type BackupRecord,
  IdentityRecord,
  SegmentIndexRecord,
  WriterRecord,
} from '../store/records.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { ObjectHead, ObjectStore } from '../ports/object-store.ts';
import { decodeLease } from '../store/lease.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { readPart } from '../tar/read-part.ts';
import { digested, streamDigest } from '../tar/stream-digest.ts';
import { readArchiveFile } from './read-archive-file.ts';
import { readGapObject } from './read-gap-object.ts';

/** Where an object lies. */
interface Place {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
}

/** How an object is read. */
export interface ReadOptions {
  /** Read the bytes too; small records are always read. */
  readonly deep: boolean;
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Proves one object of a lineage against whatever holds its hash, and that it lies where it belongs.
 *
 * @param backups - complete backups by id, whose records hold the hashes of their parts.
 * @returns the epoch of the writer that archived it, when it is a file of the archive that was read.
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT`, `WAL-PAGE`, `WAL-IDENTITY`,
 *   `WAL-HISTORY`; `STORE-KEY` for an object that nothing explains.
 */
export async function readObject(
  { store, lineage }: Place,
  { key }: ObjectHead,
  backups: ReadonlyMap<string, BackupRecord>,
  options: ReadOptions,
): Promise<number | undefined> {
  const { keys } = lineage;
  const { signal } = options;
  if (key.startsWith(keys.walPrefix)) {
    return readArchiveFile(store, lineage, key, options);
  }
  if (key.startsWith(keys.walIndexPrefix)) {
    const name = key.slice(key.lastIndexOf('/') + 1, -'.json'.length);
    if (key !== keys.walIndex(name))
      throw unexplained(key, 'is no index of a segment at this place');
    // With many segments these are many; what they say is compared with their segments.
    if (options.deep) await getRecord(store, key, SegmentIndexRecord, { signal });
  } else if (key === keys.identity) {
    await getRecord(store, key, IdentityRecord, { signal });
  } else if (key.startsWith(keys.writerPrefix)) {
    const { epoch } = await getRecord(store, key, WriterRecord, { signal });
    if (key !== keys.writer(epoch)) throw misplaced(key, `is the record of epoch ${epoch}`);
  } else if (key.startsWith(keys.gapPrefix)) {
    return readGapObject({ store, lineage }, key, options);
  } else if (key.startsWith(`${keys.prefix}lease/`)) {
    const { chunks } = await store.get(key, { signal });
    decodeLease(Buffer.concat(await Array.fromAsync(chunks)), key);
  } else if (key.startsWith(keys.basePrefix)) {
    await readBackupObject({ store, lineage }, key, backups, options);
  } else {
    throw unexplained(key, 'is nothing that Holdfast stores');
  }
  return undefined;
}

async function readBackupObject(
  { store, lineage }: Place,
  key: string,
  backups: ReadonlyMap<string, BackupRecord>,
  { deep, parallel, signal }: ReadOptions,
): Promise<void> {
  const [id = '', name] = key.slice(lineage.keys.basePrefix.length).split('/');
  if (name === undefined) throw unexplained(key, 'belongs to no backup');
  const backup = backups.get(id);
  // Without a whole record there is nothing to compare with, and the backup is reported as such.
  if (backup === undefined || key === lineage.keys.backup(id).record) return;
  if (!objectsOf(backup).has(key)) throw unexplained(key, "is not named by its backup's record");
  if (!deep) return;
  const { chunks } = await store.get(key, { signal });
  const part = backup.parts.find((candidate) => candidate.name === name);
  if (part !== undefined) {
    for await (const _ of readPart(chunks, part, key, { parallel }));
    return;
  }
  const { storedBytes, storedSha256 } = backup.manifest;
  const digest = streamDigest();
  for await (const _ of digested(chunks, digest));
  if (digest.bytes() !== storedBytes || digest.sha256() !== storedSha256) {
    throw new OpsError('STORE-CORRUPT', `${key} does not match its hash`, {
      hint: 'the object was damaged after it was stored: choose another backup',
      details: { object: key },
    });
  }
}

/** An object that is whole but lies under the key of another. */
function misplaced(key: string, what: string): OpsError {
  return new OpsError('STORE-CORRUPT', `${key} ${what}`, {
    hint: 'objects were copied to a place where they do not belong: see where the store came from',
    details: { object: key },
  });
}

function unexplained(key: string, what: string): OpsError {
  return new OpsError('STORE-KEY', `${key} ${what}`, {
    hint: 'find out who put it there; Holdfast leaves it alone',
    details: { key },
  });
}
