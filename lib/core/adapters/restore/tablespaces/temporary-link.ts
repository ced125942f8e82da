import { lstat, mkdir, open, readdir, readlink, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCodeOf } from '../../system/file-error.ts';

/** Says that a directory was made for a temporary link alone. */
const PARENT_MARK = '.holdfast-temporary';
/** Replay passes through it as PostgreSQL's account. */
const PARENT_MODE = 0o755;

/**
 * Makes `from` a link to `to`, with the directories above it, for as long as replay needs it.
 * Nothing may be at `from`; see {@link isFree}.
 */
export async function makeTemporaryLink(from: string, to: string): Promise<void> {
  await removeTemporaryLink(from, to);
  await makeParents(dirname(from));
  await symlink(to, from);
}

/** Removes what {@link makeTemporaryLink} made, this time or in a try that was interrupted. */
export async function removeTemporaryLink(from: string, to: string): Promise<void> {
  if (await isOwnLink(from, to)) await rm(from);
  await removeParents(dirname(from));
}

/** Whether nothing is at `from`, or only a link that an interrupted try has left. */
export async function isFree(from: string, to: string): Promise<boolean> {
  try {
    await lstat(from);
  } catch (error) {
    const code = errorCodeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR';
  }
  return isOwnLink(from, to);
}

/** Only this process's account could have made it, and only for the same recovery. */
async function isOwnLink(from: string, to: string): Promise<boolean> {
  try {
    const { uid } = await lstat(from);
    return uid === process.getuid?.() && (await readlink(from)) === to;
  } catch {
    return false;
  }
}

async function makeParents(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: PARENT_MODE });
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw error;
    await makeParents(dirname(path));
    await mkdir(path, { mode: PARENT_MODE });
  }
  await (await open(join(path, PARENT_MARK), 'wx', 0o600)).close();
}

/** Upwards, as long as a directory holds nothing but its mark. */
async function removeParents(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  if (names.length !== 1 || names[0] !== PARENT_MARK) return;
  const { uid } = await lstat(join(path, PARENT_MARK));
  if (uid !== process.getuid?.()) return;
  await rm(join(path, PARENT_MARK));
  await rmdir(path);
  await removeParents(dirname(path));
}
