import { lchown, mkdir, rename, rmdir } from 'node:fs/promises';
import { errorCodeOf } from '../system/file-error.ts';
import type { FileOwner } from '../system/file-owner.ts';

const OWNER_ONLY = 0o700;

/**
 * Makes an empty directory at `place`, where nothing is. It appears there as its owner's: one that was
 * still root's when its maker died would be refused by the next recovery.
 *
 * @param owner - its account, when this process is root. @default - this process's own
 */
export async function makeOwnedDirectory(
  place: string,
  owner: FileOwner | undefined,
): Promise<void> {
  const incoming = `${place}.incoming`;
  await removeEmpty(incoming);
  await mkdir(incoming, { mode: OWNER_ONLY });
  try {
    // Never through a link, which whoever owns the directory above could have put there by now.
    if (owner !== undefined) await lchown(incoming, owner.uid, owner.gid);
    await rename(incoming, place);
  } catch (error) {
    await removeEmpty(incoming);
    throw error;
  }
}

async function removeEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
  }
}
