import { readFile, readlink, stat } from 'node:fs/promises';
import { errorCodeOf } from '../system/file-error.ts';

const LOCKS = '/proc/locks';
const OWN_NAMESPACE = '/proc/self/ns/pid';
/** PROC_PID_INIT_INO, include/linux/proc_ns.h: that of the machine itself. */
const MACHINE = 'pid:[4026531836]';

/**
 * Whether somebody holds an exclusive `flock` on `path`, as the kernel tells it: taking the lock to
 * find out could keep its rightful owner from it.
 *
 * @returns `undefined` where the system does not tell: within a container it leaves out locks whose
 *   taker it does not see or that has ended, as the program has that takes them for us.
 * @see Linux locks_show, fs/locks.c
 */
export async function isFileLocked(path: string): Promise<boolean | undefined> {
  const locks = await readFile(LOCKS, 'utf8').catch(() => undefined);
  if (locks === undefined) return undefined;
  try {
    const { ino } = await stat(path, { bigint: true });
    const isListed = lockedInodes(locks).has(String(ino));
    return isListed || (await isWholeMachine()) ? isListed : undefined;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Inodes with an exclusive `flock` in the text of /proc/locks. The process is of no use: it is the
 * one that took the lock, which may have handed it on and ended. The device is neither: what the
 * kernel calls it there may differ from what `stat` says.
 *
 * @example lockedInodes('1: FLOCK  ADVISORY  WRITE 812 fe:00:1048 0 EOF\n') // Set { '1048' }
 */
export function lockedInodes(text: string): ReadonlySet<string> {
  // A line with an arrow is of somebody who waits.
  const held = text.matchAll(/^\d+: FLOCK +\S+ +WRITE +-?\d+ [0-9a-f]+:[0-9a-f]+:(\d+) /gm);
  return new Set([...held].map(([, inode = '']) => inode));
}

async function isWholeMachine(): Promise<boolean> {
  return (await readlink(OWN_NAMESPACE).catch(() => undefined)) === MACHINE;
}
