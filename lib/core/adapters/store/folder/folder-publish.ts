import { dirname, join } from 'node:path';
import { type FoundObject, placeSidecar } from './folder-lookup.ts';
import { discard, linkIfAbsent, makeFolder, type StagedFile, syncFolders } from './folder-stage.ts';

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
    await makeFolder(root, dirname(path));
    await prepare();
    isLinked = await linkIfAbsent(root, staged.path, path);
    return isLinked;
  } finally {
    if (!isLinked) await discard(root, staged);
  }
}

/**
 * Finishes what the writer of `object` may have died before: puts its sidecar beside it and makes
 * all names durable. No success may be reported before.
 */
export async function complete(root: string, object: FoundObject): Promise<void> {
  await placeSidecar(root, object);
  await syncFolders(root, dirname(object.path));
}
