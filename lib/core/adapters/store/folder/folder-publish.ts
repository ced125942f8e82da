import { dirname, join } from 'node:path';
import { type FoundObject, placeSidecar } from './folder-lookup.ts';
import { discard, inFolder, linkIfAbsent, type StagedFile } from './folder-stage.ts';
import type { FolderSync } from './folder-sync.ts';

/**
 * Gives `staged` the name `key` after `prepare`, if that name is free. Unless that succeeds,
 * nothing of it stays behind.
 *
 * @returns whether the name was free. What is found under it then need not be durable yet.
 */
export async function publish(
  root: string,
  key: string,
  staged: StagedFile,
  prepare: () => Promise<void>,
): Promise<boolean> {
  let isLinked = false;
  try {
    const path = join(root, key);
    await prepare();
    const link = async (): Promise<boolean> => linkIfAbsent(root, staged.path, path);
    isLinked = await inFolder(root, dirname(path), link);
    return isLinked;
  } finally {
    if (!isLinked) await discard(root, staged);
  }
}

/**
 * Finishes what the writer of `object` may have died before: puts its sidecar beside it and makes
 * all names durable. No success may be reported before.
 */
export async function complete(
  root: string,
  folders: FolderSync,
  object: FoundObject,
): Promise<void> {
  await placeSidecar(root, object);
  await folders.sync(dirname(object.path));
}
