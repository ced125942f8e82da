import { constants } from 'node:fs';
import { chmod, chown, type FileHandle, lchown, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OpsError } from '../../errors/ops-error.ts';
import type { FileSink, FileTree } from '../../ports/data-directory.ts';
import { errorCodeOf } from '../system/file-error.ts';
import type { FileOwner } from '../system/file-owner.ts';
import { placeWithin } from './member-path.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** A directory of PostgreSQL's account that this process alone writes. */
export class OwnedTree implements FileTree {
  readonly path: string;
  readonly #owner: FileOwner | undefined;
  /** Directories known to be there: one part of a backup may need what another one makes. */
  readonly #made = new Set<string>();

  constructor(path: string, owner: FileOwner | undefined) {
    this.path = path;
    this.#owner = owner;
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    await this.#ensureDirectory(path);
    await chmod(placeWithin(this.path, path), mode);
  }

  async createFile(path: string, mode: number): Promise<FileSink> {
    const place = placeWithin(this.path, path);
    await this.#ensureDirectory(dirname(path));
    const file = await this.create(place, path);
    return {
      write: (bytes) => this.guard(() => writeAll(file, bytes)),
      close: async () => {
        await file.chmod(mode);
        await this.guard(() => file.close());
      },
    };
  }

  /** A new file at `place`; `name` is for messages. */
  protected async create(place: string, name: string): Promise<FileHandle> {
    try {
      const file = await this.guard(() =>
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

  /** Gives a full disk its code. */
  protected async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const code = errorCodeOf(cause);
      if (code === 'ENOSPC' || code === 'EDQUOT') {
        throw noRoom(this.path, 'the disk is full', cause);
      }
      throw cause;
    }
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
}

/** A recovery at `path` that does not fit. */
export function noRoom(path: string, what: string, cause?: unknown): OpsError {
  return new OpsError('RESTORE-SPACE', `${path} has no room for the recovery: ${what}`, {
    cause,
    hint: 'free space, or recover to a larger disk; the same command starts over',
    details: { path },
  });
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
