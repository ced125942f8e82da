import { chown, mkdir } from 'node:fs/promises';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';

const OWNER_ONLY = 0o700;

/** Makes a directory that the account of the server and of all tools owns; gives its path. */
export async function makeOwnedFolder(path: string): Promise<string> {
  await mkdir(path, { mode: OWNER_ONLY });
  await giveToServer(path);
  return path;
}

/** Makes the account of the server the owner of `path`, where this process is another. */
export async function giveToServer(path: string): Promise<void> {
  const owner = serverOwner();
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
}
