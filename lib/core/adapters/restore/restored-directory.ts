import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DataDirectory, RECOVERY_FOLDER } from '../../ports/data-directory.ts';
import { errorCodeOf } from '../system/file-error.ts';
import type { FileLock } from '../system/file-lock.ts';
import type { FileOwner } from '../system/file-owner.ts';
import { syncDirectory } from '../system/sync-directory.ts';
import { syncFileSystem } from './file-system.ts';
import { placeWithin } from './member-path.ts';
import { OwnedTree } from './owned-tree.ts';
import { removeMark } from './unfinished-mark.ts';

/** A claimed data directory on this machine; made by {@link claimDataDirectory}. */
export class RestoredDirectory extends OwnedTree implements DataDirectory {
  readonly #lock: FileLock;

  constructor(path: string, owner: FileOwner | undefined, lock: FileLock) {
    super(path, owner);
    this.#lock = lock;
  }

  async replaceFile(path: string, text: string): Promise<void> {
    const place = placeWithin(this.path, path);
    const temporary = placeWithin(this.path, `${RECOVERY_FOLDER}/replacing`);
    await rm(temporary, { force: true });
    await this.guard(async () => {
      const file = await this.create(temporary, path);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, place);
      await syncDirectory(dirname(place));
    });
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
    await syncFileSystem(this.path);
  }

  async finish(): Promise<void> {
    await removeMark(this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock.release();
  }
}
