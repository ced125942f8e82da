import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import { giveToServer, makeOwnedFolder } from './owned-folder.ts';

/** A directory of one run's own, gone when it is disposed. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
  /** A new, empty directory in it that the server's account owns; removed when it is disposed. */
  folder(name: string): Promise<ScratchFolder>;
  /** @throws {@link OpsError} `RESTORE-SPACE` when fewer than `bytes` are left for the next piece of work. */
  assertRoom(bytes: number, what: string): Promise<void>;
}

/** One directory below the {@link Scratch}. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes it where temporary files go (TMPDIR); the disk that is measured is that one. */
export async function makeScratch(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  await giveToServer(path);
  let made = 0;
  return {
    path,
    folder: async (name) => {
      made += 1;
      const folder = await makeOwnedFolder(join(path, `${made}-${name}`));
      return { path: folder, [Symbol.asyncDispose]: async () => remove(folder) };
    },
    assertRoom: async (bytes, what) => {
      const { bavail, bsize } = await statfs(path);
      if (bavail * bsize >= bytes) return;
      throw new OpsError(
        'RESTORE-SPACE',
        `${what} needs ${bytes} bytes in ${tmpdir()}, ${bavail * bsize} are left`,
        { hint: 'set TMPDIR to a directory with more room, or take a smaller --scale' },
      );
    },
    [Symbol.asyncDispose]: async () => remove(path),
  };
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 9 });
}
