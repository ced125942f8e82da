import { lstat } from 'node:fs/promises';
import { OpsError } from '../../errors/ops-error.ts';
import { acquireFileLock, type FileLock } from '../system/file-lock.ts';
import { unusable } from './unusable-directory.ts';

/**
 * Takes the lock of `place`, which lies beside it.
 *
 * @throws {@link OpsError} `RESTORE-IN-USE` while somebody else holds it; `RESTORE-OWNER`.
 */
export async function lockDataDirectory(place: string): Promise<FileLock> {
  let lock: FileLock | undefined;
  try {
    lock = await acquireFileLock(lockPath(place));
  } catch (error) {
    if (error instanceof OpsError) throw error;
    throw unusable(
      place,
      'cannot be locked, because the directory above it is not writable',
      error,
    );
  }
  if (lock !== undefined) return lock;
  throw new OpsError('RESTORE-IN-USE', `${place} is in use: its lock is held`, {
    hint: `see by whom with "fuser ${lockPath(place)}": another recovery, or the server's own unit`,
    details: { dataDir: place },
  });
}

function lockPath(place: string): string {
  return `${place}.lock`;
}

/** Proves that nobody holds the lock of `place`, without making it. Throws as {@link lockDataDirectory}. */
export async function assertUnlocked(place: string): Promise<void> {
  try {
    await lstat(lockPath(place));
  } catch {
    return;
  }
  await (await lockDataDirectory(place)).release();
}
