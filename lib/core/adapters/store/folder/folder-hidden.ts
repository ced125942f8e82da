import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HiddenObject } from '../../../ports/object-store.ts';
import { SIDECAR_SUFFIXES } from '../object-key.ts';
import { isSystemError } from './folder-errors.ts';
import { checkRoot, fileAt, findObject, type FoundObject } from './folder-lookup.ts';
import { type WalkRange, walkTree } from './folder-walk.ts';

/**
 * Where hidden objects lie, each in a folder of its key's: no key can name it, since no segment starts
 * with a dot.
 */
export const HIDDEN_FOLDER = '.hidden';

/** When an object was hidden, in milliseconds, and the number of its inode. */
const VERSION = /^(\d{15})-\d+$/;
const TIME_DIGITS = 15;

/** The folder with all that is hidden of `key`. */
export function hiddenFolder(root: string, key: string): string {
  return `${join(root, HIDDEN_FOLDER, key)}${SIDECAR_SUFFIXES.versions}`;
}

/** A name that tells when, in one step with the move to it, and that no other object ever gets. */
export function hiddenName(hiddenAt: Date, inode: bigint): string {
  return `${String(hiddenAt.getTime()).padStart(TIME_DIGITS, '0')}-${inode}`;
}

/** When the object in the file `name`, or in the one of which it is the sidecar, was hidden. */
export function hiddenTime(name: string): Date | undefined {
  const { meta } = SIDECAR_SUFFIXES;
  const version = name.endsWith(meta) ? name.slice(0, -meta.length) : name;
  const time = VERSION.exec(version)?.[1];
  return time === undefined ? undefined : new Date(Number(time));
}

/** Names of the files in the folder of what is hidden of `key`, the oldest first, sidecars behind theirs. */
export async function hiddenNames(root: string, key: string): Promise<readonly string[]> {
  try {
    const names = await readdir(hiddenFolder(root, key));
    return names.filter((name) => hiddenTime(name) !== undefined).sort();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** The hidden object of `key` that `version` names; `undefined` when it is proven absent. */
export async function findHidden(
  root: string,
  key: string,
  version: string,
): Promise<FoundObject | undefined> {
  if (!VERSION.test(version)) return undefined;
  return fileAt(root, key, join(hiddenFolder(root, key), version));
}

/** Keys of which anything is hidden, in byte order, whether or not something stands there again. */
export async function* walkHiddenKeys(root: string, range: WalkRange): AsyncGenerator<string> {
  await checkRoot(root);
  for await (const { key, isVersioned } of walkTree(join(root, HIDDEN_FOLDER), range)) {
    if (isVersioned) yield key;
  }
}

/** What is hidden of `key`, of several the newest; `undefined` when something stands there. */
export async function newestHidden(root: string, key: string): Promise<HiddenObject | undefined> {
  if ((await findObject(root, key)) !== undefined) return undefined;
  const version = (await hiddenNames(root, key)).findLast((name) => VERSION.test(name));
  const hiddenAt = version === undefined ? undefined : hiddenTime(version);
  if (version === undefined || hiddenAt === undefined) return undefined;
  const object = await findHidden(root, key, version);
  if (object === undefined) return undefined;
  const { bytes, etag, modifiedAt } = object;
  return { key, bytes, etag, modifiedAt, version, hiddenAt };
}
