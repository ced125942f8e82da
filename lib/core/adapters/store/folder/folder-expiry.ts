import { link, rename, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExpiryTag } from '../../../contract/key-layout.ts';
import type { ExpiryOptions, ExpiryTerms } from '../../../ports/object-store.ts';
import { SIDECAR_SUFFIXES } from '../object-key.ts';
import { isSystemError } from './folder-errors.ts';
import {
  HIDDEN_FOLDER,
  hiddenFolder,
  hiddenName,
  hiddenNames,
  hiddenTime,
  walkHiddenKeys,
} from './folder-hidden.ts';
import { findFile, findObject, type FoundObject, placeSidecar } from './folder-lookup.ts';
import { makeFolder, remove } from './folder-stage.ts';
import type { FolderSync } from './folder-sync.ts';
import { readTags, tagsPath } from './folder-tags.ts';
import { walkKeys } from './folder-walk.ts';

const DAY_MS = 86_400_000;

/**
 * Both periods that a bucket's lifecycle rules keep. An object is hidden in one step, the move of its
 * file to a name that says when; what has been hidden long enough is removed. Objects that were ever
 * replaced are leases: they stay.
 */
export async function expireTagged(
  root: string,
  folders: FolderSync,
  { now, undeleteDays, prefix = '' }: ExpiryTerms,
  { signal, onExpired }: ExpiryOptions,
): Promise<void> {
  const removedUpTo = now.getTime() - undeleteDays * DAY_MS;
  const range = { prefix, after: '' };
  for await (const key of walkHiddenKeys(root, range)) {
    signal?.throwIfAborted();
    await clearPlace(root, key);
    if (await removeHidden(root, key, removedUpTo)) onExpired?.(key, 'removed');
  }
  for await (const { key, isTagged, isVersioned } of walkKeys(root, range)) {
    if (!isTagged || isVersioned) continue;
    signal?.throwIfAborted();
    const object = await findFile(root, key);
    const tags = object && (await readTags(root, object));
    if (object === undefined || tags?.[ExpiryTag.KEY] !== ExpiryTag.DUE) continue;
    await hide(root, folders, object, now);
    onExpired?.(key, 'hidden');
  }
}

/** Each step leaves the object whole, with its sidecar, in one place or the other. */
async function hide(
  root: string,
  folders: FolderSync,
  object: FoundObject,
  now: Date,
): Promise<void> {
  const folder = hiddenFolder(root, object.key);
  const path = join(folder, hiddenName(await momentOf(root, object, now), object.inode));
  await placeSidecar(root, object);
  await makeFolder(root, folder);
  await linkSidecar(object.path, path);
  await folders.sync(folder);
  await rename(object.path, path);
  await folders.sync(folder);
  await folders.sync(dirname(object.path));
  await clearPlace(root, object.key);
}

/** The newest of all that is hidden of a key sorts last, whatever the clock says. */
async function momentOf(root: string, { key }: FoundObject, now: Date): Promise<Date> {
  const last = (await hiddenNames(root, key)).at(-1);
  const lastMs = (last === undefined ? undefined : hiddenTime(last))?.getTime() ?? -Infinity;
  return new Date(Math.max(now.getTime(), lastMs + 1));
}

/** The sidecar stands in both places while the object moves; a streamed object has none. */
async function linkSidecar(from: string, to: string): Promise<void> {
  const { meta } = SIDECAR_SUFFIXES;
  try {
    await link(`${from}${meta}`, `${to}${meta}`);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'EEXIST')) throw error;
  }
}

/**
 * Removes what still stands where a hidden object was: its own sidecar and tags, never those of one that
 * was put there since, and folders that are empty now, which would be listed as backups.
 */
async function clearPlace(root: string, key: string): Promise<void> {
  if ((await findObject(root, key)) !== undefined) return;
  const { meta } = SIDECAR_SUFFIXES;
  const left = `${join(root, key)}${meta}`;
  const inode = await inodeOf(left);
  for (const name of await hiddenNames(root, key)) {
    if (inode === undefined || !name.endsWith(meta)) continue;
    if ((await inodeOf(join(hiddenFolder(root, key), name))) === inode) await remove(left);
  }
  await remove(tagsPath(root, key));
  await removeEmptyFolders(root, dirname(join(root, key)));
}

/** The bytes first: a sidecar alone is nothing, and goes with the next call. */
async function removeHidden(root: string, key: string, upToMs: number): Promise<boolean> {
  const folder = hiddenFolder(root, key);
  const names = await hiddenNames(root, key);
  const due = names.filter((name) => (hiddenTime(name)?.getTime() ?? Infinity) <= upToMs);
  for (const name of due) await remove(join(folder, name));
  await removeEmptyFolders(join(root, HIDDEN_FOLDER), folder);
  return due.some((name) => !name.endsWith(SIDECAR_SUFFIXES.meta));
}

/** Removes `folder` and those between it and `top` as far as they are empty; never `top` itself. */
async function removeEmptyFolders(top: string, folder: string): Promise<void> {
  for (let path = folder; path !== top; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (error) {
      if (isSystemError(error, 'ENOTEMPTY', 'EEXIST')) return;
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
