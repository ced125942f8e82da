import { readFileSync } from 'node:fs';
import { access, lstat, realpath, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DirectoryFacts, Room } from '../../doctor/host-facts.ts';
import type { ErrorCode } from '../../errors/codes.ts';
import { OpsError } from '../../errors/ops-error.ts';
import { RECOVERY_FOLDER } from '../../ports/data-directory.ts';
import { errorCodeOf } from '../system/file-error.ts';

const PERMISSIONS = 0o7777;
const ACCOUNTS_FILE = '/etc/passwd';
/**
 * What the next start would act on, or what a recovery did not finish.
 *
 * @see PostgreSQL xlog.h: BACKUP_LABEL_FILE, RECOVERY_SIGNAL_FILE, STANDBY_SIGNAL_FILE
 */
const LEFT_OVERS = ['backup_label', 'recovery.signal', 'standby.signal', RECOVERY_FOLDER];

/**
 * Looks at a data directory.
 *
 * @throws {@link OpsError} `PG-DATA-DIR` when it cannot be looked into.
 */
export async function inspectDirectory(path: string): Promise<DirectoryFacts> {
  try {
    const { uid, mode } = await stat(path);
    const found = await Promise.all(
      LEFT_OVERS.map(async (name) => ((await isThere(join(path, name))) ? [name] : [])),
    );
    const wal = join(path, 'pg_wal');
    const isLink = (await lstat(wal)).isSymbolicLink();
    return {
      path,
      uid,
      owner: accountName(uid),
      mode: mode & PERMISSIONS,
      leftOvers: found.flat(),
      walLink: isLink ? await realpath(wal) : undefined,
    };
  } catch (cause) {
    throw unreadable('PG-DATA-DIR', path, cause);
  }
}

/**
 * Space on the file system of `path`.
 *
 * @throws {@link OpsError} `code` when the path cannot be looked at.
 */
export async function inspectRoom(path: string, code: ErrorCode): Promise<Room> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { path, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (cause) {
    throw unreadable(code, path, cause);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The number where nobody knows the name: accounts may come from a directory service. */
function accountName(uid: number): string {
  const line = readFileSync(ACCOUNTS_FILE, 'utf8')
    .split('\n')
    .find((one) => one.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? String(uid);
}

function unreadable(code: ErrorCode, path: string, cause: unknown): OpsError {
  return new OpsError(code, `${path} cannot be looked at: ${errorCodeOf(cause) ?? String(cause)}`, {
    cause,
    hint: `ls -ld ${path}  # is it the right one, mounted, and may this account enter it?`,
  });
}
