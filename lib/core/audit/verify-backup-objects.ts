import { objectsOf } from '../catalog/read-backups.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { ObjectHead, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import type { BackupRecord } from '../store/records.ts';
import { frameBuffers } from '../tar/frame-buffers.ts';
import { readPart } from '../tar/read-part.ts';
import { digested, DIGESTS_IN_TURN } from '../tar/stream-digest.ts';
import { type ReadOptions, unexplained } from './read-object.ts';
import type { Verification } from './verification.ts';

/** What {@link verifyBackupObjects} works with. */
export interface BackupDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly run: Verification;
}

/** Looks at the objects in the folder of a complete backup; with `deep`, proves every byte. */
export async function verifyBackupObjects(
  { store, lineage, run }: BackupDeps,
  backup: BackupRecord,
  objects: Iterable<ObjectHead>,
  { deep, parallel, signal }: ReadOptions,
): Promise<void> {
  const { record, prefix, manifest } = lineage.keys.backup(backup.id);
  const named = objectsOf(backup);
  const parts = new Map(backup.parts.map((part) => [`${prefix}${part.name}`, part]));

  const reading = { parallel, digests: DIGESTS_IN_TURN, buffers: frameBuffers() };

  const prove = async (key: string): Promise<undefined> => {
    if (!named.has(key)) throw unexplained(key, "is not named by its backup's record");
    const { chunks } = await store.get(key, { signal });
    const part = parts.get(key);
    if (part === undefined) return proveManifest(chunks, manifest, backup.manifest);
    for await (const _ of readPart(chunks, part, key, reading));
    return undefined;
  };

  for (const head of objects) {
    // The record was read to get here.
    const isProven = head.key === record || (!deep && named.has(head.key));
    if (isProven) run.count(head);
    else await run.check(head, async () => prove(head.key));
  }
}

async function proveManifest(
  chunks: AsyncIterable<Uint8Array>,
  key: string,
  { storedBytes, storedSha256 }: BackupRecord['manifest'],
): Promise<undefined> {
  const digest = DIGESTS_IN_TURN.begin();
  for await (const _ of digested(chunks, digest));
  if (digest.bytes() === storedBytes && (await digest.sha256()) === storedSha256) return;
  throw new OpsError('STORE-CORRUPT', `${key} does not match its hash`, {
    hint: 'the object was damaged after it was stored: choose another backup',
    details: { object: key },
  });
}
