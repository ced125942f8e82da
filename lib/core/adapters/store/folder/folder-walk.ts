import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isKeySegment, SIDECAR_SUFFIXES } from '../object-key.ts';
import { isSystemError } from './folder-errors.ts';
import { checkRoot } from './folder-lookup.ts';

/** One key on the way through the tree. */
export interface WalkedKey {
  readonly key: string;
  /** Whether it may have been replaced. */
  readonly isVersioned: boolean;
  /** Whether tags stand beside it. */
  readonly isTagged: boolean;
}

/** Which keys to visit. */
export interface WalkRange {
  readonly prefix: string;
  /** Only keys that sort after this one. */
  readonly after: string;
}

interface Child extends WalkedKey {
  readonly isFolder: boolean;
}

/** The keys of a store in byte order, one folder's names in memory at a time. */
export async function* walkKeys(root: string, range: WalkRange): AsyncGenerator<WalkedKey> {
  await checkRoot(root);
  yield* walkTree(root, range);
}

/** As {@link walkKeys}, for a folder that need not be there. */
export async function* walkTree(top: string, range: WalkRange): AsyncGenerator<WalkedKey> {
  yield* walkBelow(top, folderOf(range.prefix), range);
}

/** Names of the folders directly under `prefix`, ordered as the keys in them. */
export async function* walkFolders(root: string, prefix: string): AsyncGenerator<string> {
  await checkRoot(root);
  for (const { key, isFolder } of await children(root, prefix)) {
    if (isFolder) yield key.slice(prefix.length, -1);
  }
}

async function* walkBelow(
  root: string,
  folder: string,
  range: WalkRange,
): AsyncGenerator<WalkedKey> {
  const { prefix, after } = range;
  for (const child of await children(root, folder)) {
    const { key, isFolder } = child;
    if (!isFolder) {
      if (key.startsWith(prefix) && key > after) yield child;
      continue;
    }
    const isWanted = key.startsWith(prefix) || prefix.startsWith(key);
    if (isWanted && (key > after || after.startsWith(key))) yield* walkBelow(root, key, range);
  }
}

/**
 * What lies in one folder, hidden files left out. A folder's key ends with a slash and is sorted
 * with it, which puts `a-b` before all of `a/`, and that before `a0`, as their whole keys are.
 */
async function children(root: string, folder: string): Promise<Child[]> {
  const found = new Map<string, Child>();
  const entries = await readFolder(join(root, folder));
  const { tags, versions } = SIDECAR_SUFFIXES;
  const tagged = new Set(entries.map(({ name }) => name).filter((name) => name.endsWith(tags)));
  for (const entry of entries) {
    const isVersioned = entry.isDirectory() && entry.name.endsWith(versions);
    const name = isVersioned ? entry.name.slice(0, -versions.length) : entry.name;
    const isFolder = entry.isDirectory() && !isVersioned;
    if (!isKeySegment(name) || !(entry.isFile() || entry.isDirectory())) continue;
    const key = `${folder}${name}${isFolder ? '/' : ''}`;
    if (isVersioned || !found.has(key)) {
      found.set(key, { key, isFolder, isVersioned, isTagged: tagged.has(`${name}${tags}`) });
    }
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function readFolder(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/') + 1);
}
