import { lchown, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OpsError } from '../../../errors/ops-error.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import type { FileOwner } from '../../system/file-owner.ts';
import { syncDirectory } from '../../system/sync-directory.ts';

const FOLDER_MODE = 0o700;

/**
 * Makes an empty directory at `path`, and gives its inode. What an earlier try left in it is removed
 * if it is the directory of that `inode`.
 *
 * @throws {@link OpsError} `RESTORE-NOT-EMPTY` when another one is there, with something in it.
 */
export async function makeEmptyDirectory(
  path: string,
  inode: string | undefined,
  owner: FileOwner | undefined,
): Promise<string> {
  try {
    await mkdir(path, { mode: FOLDER_MODE });
    await syncDirectory(dirname(path));
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  }
  const found = await lstat(path, { bigint: true });
  const own = `${found.dev}:${found.ino}`;
  const names = found.isDirectory() ? await readdir(path) : [path];
  if (names.length > 0 && own !== inode) {
    throw new OpsError('RESTORE-NOT-EMPTY', `${path} is not empty, and is not what was set aside`, {
      hint: 'it belongs behind a link of the data directory: move away what is there',
      details: { path },
    });
  }
  // Also what an earlier try made and had no time to give away.
  if (owner !== undefined && found.uid === 0n) await lchown(path, owner.uid, owner.gid);
  for (const name of names) await rm(join(path, name), { recursive: true });
  return own;
}
