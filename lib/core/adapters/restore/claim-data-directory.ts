import {
  chmod,
  chown,
  lstat,
  readdir,
  readFile,
  readlink,
  realpath,
  rmdir,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { OpsError } from '../../errors/ops-error.ts';
import { type DataDirectory, RECOVERY_FOLDER } from '../../ports/data-directory.ts';
import { errorCodeOf } from '../system/file-error.ts';
import type { FileLock } from '../system/file-lock.ts';
import type { FileOwner } from '../system/file-owner.ts';
import { lockDataDirectory } from './lock-data-directory.ts';
import { makeOwnedDirectory } from './owned-directory.ts';
import { RestoredDirectory } from './restored-directory.ts';
import { clearPlaces } from './tablespaces/clear-places.ts';
import { unusable } from './unusable-directory.ts';
import { clearUnfinished, isBarelyBegun, readMark, writeMark } from './unfinished-mark.ts';

const POSTMASTER_PID = 'postmaster.pid';
/** Every ext file system has one at its root. */
const LOST_AND_FOUND = 'lost+found';
const PERMISSIONS = 0o777;
const OWNER_ONLY = 0o700;
/** Also accepted by PostgreSQL: the group may read. */
const GROUP_READS = 0o750;
const NAMES_SHOWN = 5;

/** What is at the place of a data directory. */
type Occupancy = 'absent' | 'empty' | 'unfinished';

/**
 * Claims `path` for a recovery, made if absent: nobody else can until this process lets go or dies,
 * and PostgreSQL's account can use it. A recovery that was interrupted there is removed.
 *
 * The lock is a `flock` on `<path>.lock`, beside the directory.
 *
 * @param owner - PostgreSQL's account, when this process is root.
 * @throws {@link OpsError} before anything is changed: `RESTORE-NOT-EMPTY`, with what is there;
 *   `RESTORE-IN-USE` for a postmaster.pid, whatever its pid, or a held lock; `RESTORE-OWNER` when
 *   the directory is another account's or cannot be made.
 */
export async function claimDataDirectory(
  path: string,
  owner: FileOwner | undefined,
): Promise<DataDirectory> {
  const place = await locateDataDirectory(path);
  await inspectDataDirectory(place);
  return claimLocked(place, owner, await lockDataDirectory(place));
}

/**
 * Claims `place` as {@link claimDataDirectory} does.
 *
 * @param place - as {@link locateDataDirectory} gives it.
 * @param lock - the lock of that place; the claim gives it up in the end.
 */
export async function claimLocked(
  place: string,
  owner: FileOwner | undefined,
  lock: FileLock,
): Promise<DataDirectory> {
  try {
    const occupancy = await inspectDataDirectory(place, lock);
    await makeOwn(place, occupancy, owner);
    await assertUsable(place, owner).catch(async (error: unknown) => {
      if (occupancy === 'absent') await rmdir(place);
      throw error;
    });
    const earlier = await readMark(place);
    if (earlier !== undefined) {
      // It may be in a place that is about to be cleared.
      await writeMark(place, earlier.places);
      await clearPlaces(place, earlier.places);
      await clearUnfinished(place, await keptNames(place));
    }
    await writeMark(place);
    if (owner !== undefined) await chown(join(place, RECOVERY_FOLDER), owner.uid, owner.gid);
    return new RestoredDirectory(place, owner, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The real path of a data directory: of the directory itself if it is there, else of its parent. */
export async function locateDataDirectory(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw unusable(absolute, 'cannot be reached', error);
  }
  // What a link leads to may have been set aside: the link still says where it was.
  const link = await readlink(absolute).catch(() => undefined);
  if (link !== undefined) return locateDataDirectory(resolve(dirname(absolute), link));
  try {
    return join(await realpath(dirname(absolute)), basename(absolute));
  } catch (cause) {
    throw unusable(absolute, 'has no directory above it', cause);
  }
}

/** What is at `place`; with its lock held, whoever left an unfinished recovery is known to be gone. */
export async function inspectDataDirectory(place: string, lock?: FileLock): Promise<Occupancy> {
  let names: readonly string[];
  try {
    names = await readdir(place);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return 'absent';
    throw unusable(place, 'cannot be read', error);
  }
  const mark = await readMark(place);
  if (mark !== undefined && lock === undefined) return 'unfinished';
  await assertIdle(place);
  if (mark !== undefined) return 'unfinished';
  const kept = await keptNames(place);
  const others = names.filter((name) => !kept.has(name));
  if (others.length === 0) return 'empty';
  if (others.length === 1 && others[0] === RECOVERY_FOLDER && (await isBarelyBegun(place))) {
    return 'empty';
  }
  const shown = others.slice(0, NAMES_SHOWN).join(', ');
  const more = others.length > NAMES_SHOWN ? ` and ${others.length - NAMES_SHOWN} more` : '';
  throw new OpsError('RESTORE-NOT-EMPTY', `${place} is not empty: it holds ${shown}${more}`, {
    hint: 'name a directory that is empty or does not exist; nothing was changed here',
    details: { dataDir: place },
  });
}

/**
 * Proves that no server may run on `place`, which need not be there. What an interrupted recovery
 * started on this machine counts only while it lives.
 *
 * @throws {@link OpsError} `RESTORE-IN-USE` for a postmaster.pid, whatever its pid.
 */
export async function assertIdle(place: string): Promise<void> {
  try {
    await lstat(join(place, POSTMASTER_PID));
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return;
    throw unusable(place, 'cannot be read', error);
  }
  const mark = await readMark(place);
  const isLeftOver = mark?.host === hostname() && !(await postmasterLives(place));
  if (!isLeftOver) throw inUse(place, mark !== undefined);
}

/** A file system's own folder may stay when the directory is where it is mounted. */
async function keptNames(place: string): Promise<ReadonlySet<string>> {
  const [own, above] = await Promise.all([lstat(place), lstat(dirname(place))]);
  return new Set(own.dev === above.dev ? [] : [LOST_AND_FOUND]);
}

/** @see PostgreSQL CreateLockFile, src/backend/utils/init/miscinit.c: the first line is the pid */
async function postmasterLives(place: string): Promise<boolean> {
  const text = await readFile(join(place, POSTMASTER_PID), 'utf8');
  const pid = Number.parseInt(text, 10);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) !== 'ESRCH';
  }
}

async function makeOwn(
  place: string,
  occupancy: Occupancy,
  owner: FileOwner | undefined,
): Promise<void> {
  if (occupancy === 'absent') {
    try {
      await makeOwnedDirectory(place, owner);
    } catch (cause) {
      throw unusable(place, 'cannot be made', cause);
    }
    return;
  }
  const { uid, mode } = await lstat(place);
  const wanted = owner?.uid ?? process.getuid?.();
  if (uid !== wanted)
    throw unusable(place, `belongs to account ${uid}, PostgreSQL runs as ${wanted}`);
  if ((mode & PERMISSIONS) !== GROUP_READS) await chmod(place, OWNER_ONLY);
}

/** Asked as PostgreSQL's account, which may lack access to a directory above. */
async function assertUsable(place: string, owner: FileOwner | undefined): Promise<void> {
  const { failed } = await execa('test', ['-w', place], { ...owner, cwd: '/', reject: false });
  if (failed) throw unusable(place, 'cannot be written by the account PostgreSQL runs as');
}

function inUse(place: string, isUnfinished: boolean): OpsError {
  return new OpsError('RESTORE-IN-USE', `${place} is in use: it holds a ${POSTMASTER_PID}`, {
    hint: isUnfinished
      ? `the server of an interrupted recovery still runs: it ends by itself, or by "pg_ctl stop -m immediate -D ${place}"`
      : `stop the server, or name another directory; a crashed one leaves the file: once you are certain that none runs there, on this machine, in a container or on another machine, remove ${join(place, POSTMASTER_PID)} yourself`,
    details: { dataDir: place },
  });
}
