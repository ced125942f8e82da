import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { verifyStore } from '../../lib/core/audit/verify-store.ts';
import { listBackups } from '../../lib/core/catalog/backup-listing.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { resolveLineage } from '../../lib/core/store/lineage.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { acknowledgedIn, CLUSTER, type Place } from './place.ts';

/** The files of a store's objects, and what tells each from another that took its place. */
export type StoreFiles = ReadonlyMap<string, string>;

/** Files that are replaced, and those that no object is made of. */
const NO_OBJECT = /\.versions\/|^\.tmp(\/|$)/;
/** May wait elsewhere for its object, which finds it by its number. */
const SIDECAR = /\.meta$/;
const DECLARED = 'BACKUP-FAILED';

/** What a store is made of. */
export async function storeFiles({ storeDirectory }: Place): Promise<StoreFiles> {
  const files = new Map<string, string>();
  const entries = await readdir(storeDirectory, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(storeDirectory, path);
    if (NO_OBJECT.test(name)) continue;
    const { ino, size, mtimeMs } = await stat(path);
    files.set(name, `${ino} ${size} ${mtimeMs}`);
  }
  return files;
}

/** Sentences about what was overwritten or removed since `before`. */
export function changedFiles(before: StoreFiles, after: StoreFiles): readonly string[] {
  return [...before]
    .filter(([name, mark]) => after.get(name) !== mark)
    .map(([name]) => `${name} was ${after.has(name) ? 'overwritten' : 'removed'}`);
}

/** Sentences about what no store may be: everything but a backup that was never finished. */
export async function verifyComplaints(place: Place): Promise<readonly string[]> {
  const { store, lineage } = await openPlace(place);
  const options = { deep: true, parallel: 2 };
  const { findings } = await verifyStore({ store, lineage, clock: systemClock }, options);
  return findings
    .filter(({ code }) => code !== DECLARED)
    .map(({ code, object, detail }) => `verify: ${code} ${object}: ${detail}`);
}

/** Sentences about files that PostgreSQL was told are archived, and are not. */
export async function acknowledgedInVain(place: Place): Promise<readonly string[]> {
  const { store, lineage } = await openPlace(place);
  const names = await readdir(acknowledgedIn(place)).catch(() => []);
  const heads = await Promise.all(
    names.map(async (name) => ({ name, head: await store.head(lineage.keys.wal(name)) })),
  );
  return heads
    .filter(({ head }) => head === undefined)
    .map(({ name }) => `${name} was acknowledged and is not in the store`);
}

/** The archive as text: its objects, and a hash over the bytes of its WAL. */
export async function archiveState({ storeDirectory }: Place): Promise<string> {
  const hash = createHash('sha256');
  const names: string[] = [];
  const all = await readdir(storeDirectory, { recursive: true, withFileTypes: true });
  const paths = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  for (const path of paths.sort()) {
    const name = relative(storeDirectory, path);
    if (NO_OBJECT.test(name) || SIDECAR.test(name)) continue;
    names.push(name);
    if (name.endsWith('.zst')) hash.update(await readFile(path));
  }
  return `${names.join('\n')}\n${hash.digest('hex')}`;
}

/** Ids of the backups that are complete. */
export async function backupIds(place: Place): Promise<readonly string[]> {
  const { store, lineage } = await openPlace(place);
  const { backups } = await listBackups(store, lineage);
  return backups.map(({ id }) => id);
}

/** A place's store, and its lineage. */
export async function openPlace({
  storeDirectory,
}: Place): Promise<{ readonly store: ObjectStore; readonly lineage: Lineage }> {
  const store = await openObjectStore(pathToFileURL(storeDirectory));
  return { store, lineage: await resolveLineage(store, CLUSTER) };
}
