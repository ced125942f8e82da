import { constants } from 'node:fs';
import { chmod, chown, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OpsError } from '../../errors/ops-error.ts';
import type { FileSink, FileTree } from '../../ports/data-directory.ts';
import { errorCodeOf } from '../system/file-error.ts';
import type { FileOwner } from '../system/file-owner.ts';
import { placeWithin } from './member-path.ts';
import { withinRoom } from './room.ts';

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
    let isOpen = true;
    return {
      write: (bytes) => this.guard(() => writeAll(file, bytes)),
      close: async () => {
        // Whoever failed to close it closes it again on the way out.
        if (!isOpen) return;
        isOpen = false;
        try {
          await file.chmod(mode);
        } finally {
          await this.guard(() => file.close());
        }
      },
    };
  }

  /** A new file at `place`; `name` is for messages. */
  protected async create(place: string, name: string): Promise<FileHandle> {
    const file = await this.#open(place, name);
    try {
      if (this.#owner !== undefined) await file.chown(this.#owner.uid, this.#owner.gid);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #open(place: string, name: string): Promise<FileHandle> {
    try {
      return await this.guard(() =>
        open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE),
      );
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
    return withinRoom(this.path, work);
  }

  async #ensureDirectory(path: string): Promise<void> {
    if (path === '.' || this.#made.has(path)) return;
    await this.#ensureDirectory(dirname(path));
    const place = placeWithin(this.path, path);
    try {
      await this.guard(() => mkdir(place, { mode: DIRECTORY_MODE }));
      if (this.#owner !== undefined) await chown(place, this.#owner.uid, this.#owner.gid);
    } catch (error) {
      if (errorCodeOf(error) !== 'EEXIST') throw error;
    }
    this.#made.add(path);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
