import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { OpsError } from '../../errors/ops-error.ts';
import { errorCodeOf } from './file-error.ts';

/** A lock that the kernel holds for this process, and frees when the process dies. */
export interface FileLock {
  /** Frees the lock; the file stays, because removing it would let two owners in. */
  release(): Promise<void>;
}

/** `flock` ends with this when someone else holds the lock. */
const HELD_STATUS = 1;
/** Not in Node's constants: takes the lock in the same call that opens the file (macOS, BSD). */
const O_EXLOCK = 0x20;
const LOCK_FILE_MODE = 0o600;
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Takes an exclusive `flock` on `path`, which is created if absent. Never waits for another holder.
 *
 * @returns the lock, or `undefined` while another process (or another open of this one) holds it.
 * @throws {@link OpsError} `HOST-LOCK` when this machine cannot lock; system errors of opening
 *   `path` (such as `EACCES`) as they are.
 * @see flock(2): the lock belongs to the open file description, so a child may take it for us
 */
export async function acquireFileLock(path: string): Promise<FileLock | undefined> {
  const file = process.platform === 'linux' ? await lockByProgram(path) : await lockByOpening(path);
  return file === undefined ? undefined : { release: () => file.close() };
}

async function lockByProgram(path: string): Promise<FileHandle | undefined> {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  const file = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW, LOCK_FILE_MODE);
  const ending = await runFlock(file.fd);
  if (ending === 0) return file;
  await file.close();
  if (ending === HELD_STATUS) return undefined;
  throw new OpsError('HOST-LOCK', `cannot lock ${path}: flock ended with ${String(ending)}`, {
    cause: ending,
    hint: 'install util-linux, which brings the program flock',
    details: { path },
  });
}

/** Node has no flock call: util-linux's program locks the description it inherits as fd 3. */
function runFlock(fd: number): Promise<number | NodeJS.Signals | Error | null> {
  return new Promise((resolve) => {
    spawn('flock', ['--exclusive', '--nonblock', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
      timeout: LOCK_TIMEOUT_MS,
    })
      .once('error', resolve)
      .once('exit', (status, signal) => resolve(status ?? signal));
  });
}

async function lockByOpening(path: string): Promise<FileHandle | undefined> {
  const { O_RDWR, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = constants;
  try {
    return await open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_EXLOCK, LOCK_FILE_MODE);
  } catch (error) {
    if (errorCodeOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
