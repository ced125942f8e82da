import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Folders that are remembered; one holds the objects of many puts in a row. */
const MOST_REMEMBERED = 1_000;

/**
 * Makes the names in the folders of the store at `root` durable, by fsync of the folders.
 *
 * The first time also those of its parents up to and including the root, because another process may
 * have created one of them and died before it did the same.
 *
 * @see https://man7.org/linux/man-pages/man2/fsync.2.html "NOTES"
 */
export class FolderSync {
  readonly #root: string;
  readonly #syncFolder: (path: string) => Promise<string>;
  /** What that says of folders whose own name is durable, by path. */
  readonly #durable = new Map<string, string>();

  /**
   * @param root - absolute and normalized.
   * @param sync - syncs one folder, and gives what tells it from one that takes its place later.
   */
  constructor(root: string, sync = syncFolder) {
    this.#root = root;
    this.#syncFolder = sync;
  }

  /** @param folder - the root, or a folder below it. */
  async sync(folder: string): Promise<void> {
    const identity = await this.#syncFolder(folder);
    if (folder === this.#root || this.#durable.get(folder) === identity) return;
    await this.sync(dirname(folder));
    if (this.#durable.size === MOST_REMEMBERED) this.#durable.clear();
    this.#durable.set(folder, identity);
  }
}

async function syncFolder(path: string): Promise<string> {
  const folder = await open(path, 'r');
  try {
    const { ino, birthtimeNs } = await folder.stat({ bigint: true });
    await folder.sync();
    return `${ino} ${birthtimeNs}`;
  } finally {
    await folder.close();
  }
}
