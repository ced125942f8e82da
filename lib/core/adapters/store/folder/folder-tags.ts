import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SIDECAR_SUFFIXES } from '../object-key.ts';
import { type FoundObject, readIfPresent } from './folder-lookup.ts';
import { decodeTags, encodeTags, type Tags } from './folder-sidecar.ts';
import { stage } from './folder-stage.ts';
import type { FolderSync } from './folder-sync.ts';

/** Where the tags of the object at `key` stand. */
export function tagsPath(root: string, key: string): string {
  return `${join(root, key)}${SIDECAR_SUFFIXES.tags}`;
}

/** Replaces the tags of `object`, durably. */
export async function writeTags(
  root: string,
  folders: FolderSync,
  object: FoundObject,
  tags: Tags,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = tagsPath(root, object.key);
  const staged = await stage(root, [encodeTags({ etag: object.etag, tags })], signal);
  await rename(staged.path, path);
  await folders.sync(dirname(path));
}

/**
 * The tags of `object`. What stands there of an object that was hidden or replaced since is of nobody:
 * its successor must not expire by it.
 */
export async function readTags(root: string, object: FoundObject): Promise<Tags> {
  const path = tagsPath(root, object.key);
  const body = await readIfPresent(path);
  if (body === undefined) return {};
  const { etag, tags } = decodeTags(body, path);
  return etag === object.etag ? tags : {};
}
