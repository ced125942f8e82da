import { constants } from 'node:fs';
import {
  chmod,
  chown,
  type FileHandle,
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  statfs,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { OpsError } from '../../errors/ops-error.ts';
import { type DataDirectory, type FileSink, RECOVERY_FOLDER } from '../../ports/data-directory.ts';
import { errorCodeOf } from '../system/file-error.ts';
import type { FileLock } from '../system/file-lock.ts';
import type { FileOwner } from '../system/file-owner.ts';
import { placeWithin } from './member-path.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const SYNC_TIMEOUT_MS = 600_000;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** A claimed data directory on this machine; made by {@link claimDataDirectory}. */
export class RestoredDirectory implements DataDirectory {
  readonly path: string;
  readonly #owner: FileOwner | undefined;
  readonly #lock: FileLock;
  /** Directories known to be there: one part of a backup may need what another one makes. */
  readonly #made = new Set<string>();

  constructor(path: string, owner: FileOwner | undefined, lock: FileLock) {
    this.path = path;
    this.#owner = owner;
    this.#lock = lock;
  }

  async assertRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    const free = bavail * bsize;
    if (free < bytes) throw this.#tooSmall(`${bytes - free} of ${bytes} bytes are missing`);
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    await this.#ensureDirectory(path);
    await chmod(placeWithin(this.path, path), mode);
  }

  async createFile(path: string, mode: number): Promise<FileSink> {
    const place = placeWithin(this.path, path);
    await this.#ensureDirectory(dirname(path));
    const file = await this.#create(place, path);
    return {
      write: (bytes) => this.#guard(() => writeAll(file, bytes)),
      close: async () => {
        await file.chmod(mode);
        await this.#guard(() => file.close());
      },
    };
  }

  async replaceFile(path: string, text: string): Promise<void> {
    const place = placeWithin(this.path, path);
    const temporary = placeWithin(this.path, `${RECOVERY_FOLDER}/replacing`);
    await rm(temporary, { force: true });
    const file = await this.#create(temporary, path);
    try {
      await this.#guard(() => file.writeFile(text));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, place);
    await syncDirectory(dirname(place));
  }

  async readFile(path: string): Promise<string | undefined> {
    try {
      return await readFile(placeWithin(this.path, path), 'utf8');
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async removeFile(path: string): Promise<void> {
    const place = placeWithin(this.path, path);
    await rm(place, { force: true });
    await syncDirectory(dirname(place));
  }

  async names(path: string): Promise<readonly string[]> {
    return readdir(placeWithin(this.path, path));
  }

  async sync(): Promise<void> {
    // One flush of the file system, instead of one for each of a hundred thousand files.
    const args = process.platform === 'linux' ? ['--file-system', this.path] : [];
    const { failed, shortMessage } = await execa('sync', args, {
      timeout: SYNC_TIMEOUT_MS,
      reject: false,
    });
    if (!failed) return;
    throw new OpsError(
      'RESTORE-ABORTED',
      `${this.path} could not be made durable: ${shortMessage}`,
      {
        hint: 'look for disk errors in the system log, and recover to another disk',
      },
    );
  }

  async finish(): Promise<void> {
    await rm(join(this.path, RECOVERY_FOLDER), { recursive: true, force: true });
    await syncDirectory(this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock.release();
  }

  async #ensureDirectory(path: string): Promise<void> {
    if (path === '.' || this.#made.has(path)) return;
    await this.#ensureDirectory(dirname(path));
    const place = placeWithin(this.path, path);
    try {
      await mkdir(place, { mode: DIRECTORY_MODE });
      if (this.#owner !== undefined) await chown(place, this.#owner.uid, this.#owner.gid);
    } catch (error) {
      if (errorCodeOf(error) !== 'EEXIST') throw error;
    }
    this.#made.add(path);
  }

  async #create(place: string, name: string): Promise<FileHandle> {
    try {
      const file = await this.#guard(() =>
        open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE),
      );
      if (this.#owner !== undefined) await lchown(place, this.#owner.uid, this.#owner.gid);
      return file;
    } catch (cause) {
      if (errorCodeOf(cause) !== 'EEXIST') throw cause;
      throw new OpsError('BACKUP-TAR', `the backup holds ${name} twice`, {
        cause,
        hint: 'choose another backup',
        details: { path: name },
      });
    }
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const code = errorCodeOf(cause);
      if (code === 'ENOSPC' || code === 'EDQUOT') throw this.#tooSmall('the disk is full', cause);
      throw cause;
    }
  }

  #tooSmall(what: string, cause?: unknown): OpsError {
    return new OpsError('RESTORE-SPACE', `${this.path} has no room for the recovery: ${what}`, {
      cause,
      hint: 'free space, or recover to a larger disk; the same command starts over',
      details: { dataDir: this.path },
    });
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
