import { chown, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { FileOwner } from '../../lib/core/adapters/system/file-owner.ts';

/** Folders of a history, each of which may be a file system of its own, small enough to be filled. */
export const DISKS = {
  /** Of the servers: data and WAL. */
  data: 'size=1536m',
  /** Of the spools: a few files, most of them empty. */
  spool: 'size=4m,nr_inodes=2000',
  /** Of recoveries that are to run out of space. */
  tight: 'size=384m',
} as const;

/** One of {@link DISKS}. */
export type Disk = keyof typeof DISKS;

const NAMES = Object.keys(DISKS).map((name) => name as Disk);

/**
 * Makes the folders in `directory` and mounts a memory file system on each, where this process may.
 *
 * @returns why that is impossible; `undefined` when it is done.
 */
export async function makeDisks(
  directory: string,
  owner: FileOwner | undefined,
): Promise<string | undefined> {
  for (const name of NAMES) await mkdir(join(directory, name), { mode: 0o700 });
  if (owner === undefined) return 'mounting needs root';
  for (const name of NAMES) await chown(join(directory, name), owner.uid, owner.gid);
  for (const name of NAMES) {
    const options = `${DISKS[name]},mode=0700,uid=${owner.uid},gid=${owner.gid}`;
    const words = ['-t', 'tmpfs', '-o', options, 'holdfast-soak', join(directory, name)];
    const { exitCode, stderr } = await execa('mount', words, { reject: false });
    if (exitCode === 0) continue;
    await unmount(directory);
    return stderr.trim() === '' ? 'there is no mount' : stderr.trim();
  }
  return undefined;
}

/** Unmounts what {@link makeDisks} has mounted; with `keep`, what it holds stays in its place. */
export async function removeDisks(directory: string, keep: boolean): Promise<void> {
  for (const name of keep ? NAMES : []) {
    await rm(join(directory, name, FILLER), { recursive: true, force: true });
    await execa('cp', ['-a', join(directory, name), join(directory, `${name}.kept`)]);
  }
  await unmount(directory);
  for (const name of keep ? NAMES : []) {
    await rm(join(directory, name), { recursive: true });
    await rename(join(directory, `${name}.kept`), join(directory, name));
  }
}

/** What fills a disk. */
export const FILLER = 'filler';

async function unmount(directory: string): Promise<void> {
  for (const name of NAMES) await execa('umount', [join(directory, name)], { reject: false });
}
