import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { errorCodeOf } from '../../lib/core/adapters/system/file-error.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';

/** A small file system of a test's own, in memory, its root owned by PostgreSQL's account. */
export interface SmallDisk extends AsyncDisposable {
  /** Fills it but for `leaveBytes`; by default to the last byte and the last name. */
  fill(leaveBytes?: number): void;
  /** Makes room again. */
  free(): void;
  /** Makes it larger. */
  enlarge(megabytes: number): Promise<void>;
}

/** What the tests need, for the titles of those that were not run. */
export const MAY_MOUNT = 'root on Linux, with the right to mount';
const MIB = 1024 * 1024;
const PAGE_BYTES = 4096;
/** A recovery needs about two thousand. */
const NAMES = 5_000;
const FILLER = '.filler';

/** Whether a file system can be mounted. In CI it must: a test that never runs proves nothing. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mount-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  if (status === 0) spawnSync('umount', [folder]);
  rmdirSync(folder);
  if (status === 0) return true;
  if (process.env['CI'] === 'true') throw new Error(`CI fills disks, which needs ${MAY_MOUNT}`);
  return false;
}

/** Mounts one at `path`, which is made if absent. Disposing it unmounts it. */
export async function mountSmallDisk(path: string, megabytes: number): Promise<SmallDisk> {
  mkdirSync(path, { recursive: true });
  const { uid, gid } = serverOwner() ?? { uid: 0, gid: 0 };
  const options = `size=${megabytes}m,nr_inodes=${NAMES},mode=0700,uid=${uid},gid=${gid}`;
  await execa('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  const folder = join(path, FILLER);
  return {
    fill: (leaveBytes = 0) => {
      mkdirSync(folder, { recursive: true });
      writeUntilFull(join(folder, 'bytes'), leaveBytes);
      if (leaveBytes === 0) makeUntilFull(folder);
    },
    free: () => rmSync(folder, { recursive: true, force: true }),
    enlarge: async (size) => {
      await execa('mount', ['-o', `remount,size=${size}m`, path]);
    },
    // A process that was killed a moment ago may still hold a file.
    [Symbol.asyncDispose]: async () => {
      await execa('umount', ['--lazy', path]);
    },
  };
}

function writeUntilFull(path: string, leaveBytes: number): void {
  const file = openSync(path, 'a');
  for (const step of [MIB, PAGE_BYTES]) {
    const bytes = Buffer.alloc(step, 1);
    while (isRoomFor(() => writeSync(file, bytes)));
  }
  ftruncateSync(file, fstatSync(file).size - leaveBytes);
  closeSync(file);
}

function makeUntilFull(folder: string): void {
  let count = 0;
  while (isRoomFor(() => writeFileSync(join(folder, String((count += 1))), '')));
}

function isRoomFor(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOSPC') return false;
    throw error;
  }
}
