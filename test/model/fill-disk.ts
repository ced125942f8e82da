import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { errorCodeOf } from '../../lib/core/adapters/system/file-error.ts';
import { type Disk, FILLER } from './small-disks.ts';

/** A disk that holds no more files than this is filled with their names too. */
const FEW_FILES = 10_000;
const MOST_ATTEMPTS = 20;
/** Left to others after each attempt that failed. */
const YIELDED_BYTES = 64 * 1024;

/** Takes all space of a disk but for `freeBytes`. Disposing it gives the space back. */
export async function fillDisk(
  directory: string,
  disk: Disk,
  freeBytes: number,
): Promise<AsyncDisposable> {
  const root = join(directory, disk);
  const filler = join(root, FILLER);
  await mkdir(filler);
  const { ffree } = await statfs(root);
  await takeSpace(root, join(filler, 'bytes'), freeBytes);
  if (ffree < FEW_FILES) await takeAllNames(filler);
  return {
    [Symbol.asyncDispose]: async () => rm(filler, { recursive: true, force: true }),
  };
}

/** Others take space at the same time: what was free a moment ago may be too much. */
async function takeSpace(root: string, path: string, freeBytes: number): Promise<void> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const { bavail, bsize } = await statfs(root);
    const bytes = bavail * bsize - freeBytes - attempt * YIELDED_BYTES;
    if (bytes <= 0) return;
    const { failed } = await execa('fallocate', ['-l', String(bytes), path], { reject: false });
    if (!failed) return;
  }
  throw new Error(`${root} cannot be filled`);
}

/** Empty files take no space, but the number of files is limited too. */
async function takeAllNames(filler: string): Promise<void> {
  for (let number = 0; ; number += 1) {
    try {
      await writeFile(join(filler, String(number)), '');
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOSPC') throw error;
      return;
    }
  }
}
