import { lchown } from 'node:fs/promises';
import { OpsError } from '../../../errors/ops-error.ts';
import { lockDataDirectory } from '../../restore/lock-data-directory.ts';
import { acquireFileLock } from '../../system/file-lock.ts';
import type { FileOwner } from '../../system/file-owner.ts';

/** The lock that `pg_upgrade` and the servers it starts keep for as long as one of them lives. */
export function upgradeLock(dataDirectory: string): string {
  return `${dataDirectory}.upgrade.lock`;
}

/**
 * Takes the lock of the place for this process, and proves that nothing lives which an upgrade that was
 * killed had started: this process may then start the same.
 *
 * @param owner - whom the programs run as, when this process is root.
 * @throws {@link OpsError} `RESTORE-IN-USE`.
 */
export async function holdUpgrade(
  dataDirectory: string,
  owner: FileOwner | undefined,
): Promise<AsyncDisposable> {
  const lock = await lockDataDirectory(dataDirectory);
  try {
    const path = upgradeLock(dataDirectory);
    const free = await acquireFileLock(path);
    if (free === undefined) {
      throw new OpsError(
        'RESTORE-IN-USE',
        `an upgrade that was killed still runs: it holds ${path}`,
        {
          hint: `see what with "fuser -v ${path}", and end it: a server with "pg_ctl stop -D" and its directory`,
          details: { dataDir: dataDirectory },
        },
      );
    }
    await free.release();
    if (owner !== undefined) await lchown(path, owner.uid, owner.gid);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return { [Symbol.asyncDispose]: async () => lock.release() };
}
