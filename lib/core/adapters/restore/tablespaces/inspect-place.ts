import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { OpsError } from '../../../errors/ops-error.ts';
import type { TablespacePlace } from '../../../ports/tablespace-site.ts';
import { isWithin } from '../../../restore/tablespaces/place-tablespaces.ts';
import { formatLsn } from '../../../wal/lsn.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import type { FileOwner } from '../../system/file-owner.ts';
import { readMark } from '../unfinished-mark.ts';
import { isOfMark, readOrigin } from './tablespace-mark.ts';
import { isFree } from './temporary-link.ts';

/** What is at the new place of a tablespace. */
export interface InspectedPlace {
  /** Without links. */
  readonly path: string;
  /**
   * `unfinished`: what an earlier try of the same recovery left. `outlived`: empty but for the mark of
   * a recovery that is over.
   */
  readonly occupancy: 'absent' | 'empty' | 'unfinished' | 'outlived';
}

/** Every ext file system has one at its root. */
const LOST_AND_FOUND = 'lost+found';
const NAMES_SHOWN = 5;

/**
 * Looks whether a tablespace can go to its new place; changes nothing.
 *
 * @param dataDirectory - real path of the one that is recovered.
 * @param owner - PostgreSQL's account, when this process is root.
 * @throws {@link OpsError} `RESTORE-TABLESPACE`; `BACKUP-TABLESPACE` when it is to be created at an
 *   old place that is on this machine.
 */
export async function inspectPlace(
  place: TablespacePlace,
  dataDirectory: string,
  owner: FileOwner | undefined,
): Promise<InspectedPlace> {
  const { from, to, createdAt } = place;
  if (createdAt !== undefined && from !== to && !(await isPassable(place, dataDirectory))) {
    throw oldPlaceTaken(from, formatLsn(createdAt));
  }
  const path = await locate(to);
  if (isWithin(path, dataDirectory) || isWithin(dataDirectory, path)) {
    throw unfit(to, `and the data directory ${dataDirectory} lie within one another`);
  }
  const names = await namesIn(path);
  if (names === undefined) return { path, occupancy: 'absent' };
  await assertOwned(path, owner);
  const origin = await readOrigin(path);
  if (origin?.isOver === false && origin.dataDirectory !== dataDirectory) {
    throw unfit(to, `holds a part of the unfinished recovery into ${origin.dataDirectory}`);
  }
  if (origin?.isOver === false) return { path, occupancy: 'unfinished' };
  const others = names.filter((name) => !isOfMark(name));
  if (others.length === 0) return { path, occupancy: origin === undefined ? 'empty' : 'outlived' };
  const shown = others.slice(0, NAMES_SHOWN).join(', ');
  const source =
    origin === undefined ? '' : `, from a recovery into ${origin.dataDirectory} that is over`;
  throw unfit(to, `is not empty: it holds ${shown}${source}`);
}

/** Whether replay can pass through the old place: also where a try with another mapping left its link. */
async function isPassable({ from, to }: TablespacePlace, dataDirectory: string): Promise<boolean> {
  const earlier = (await readMark(dataDirectory))?.places ?? [];
  for (const place of [{ from, to }, ...earlier]) {
    if (place.from === from && (await isFree(from, place.to))) return true;
  }
  return false;
}

/** Names in a new place besides a file system's own; `undefined` when it is not there. */
export async function namesIn(path: string): Promise<readonly string[] | undefined> {
  try {
    const names = await readdir(path);
    const [own, above] = await Promise.all([lstat(path), lstat(dirname(path))]);
    return own.dev === above.dev ? names : names.filter((name) => name !== LOST_AND_FOUND);
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT') return undefined;
    throw unfit(path, 'cannot be read', cause);
  }
}

/** The place itself may be no link: behind one, nobody knows what is overwritten. */
async function locate(to: string): Promise<string> {
  let parent: string;
  try {
    parent = await realpath(dirname(to));
  } catch (cause) {
    throw unfit(to, 'has no directory above it', cause);
  }
  const path = join(parent, basename(to));
  const found = await lstat(path).catch((cause: unknown) => {
    if (errorCodeOf(cause) === 'ENOENT') return undefined;
    throw unfit(to, 'cannot be reached', cause);
  });
  if (found?.isSymbolicLink() === true) throw unfit(to, 'is a symbolic link');
  if (found?.isDirectory() === false) throw unfit(to, 'is not a directory');
  return path;
}

/** Asked as PostgreSQL's account, which may lack access to a directory above. */
export async function assertOwned(path: string, owner: FileOwner | undefined): Promise<void> {
  const { uid } = await lstat(path);
  const wanted = owner?.uid ?? process.getuid?.();
  if (uid !== wanted) throw unfit(path, `belongs to account ${uid}, PostgreSQL runs as ${wanted}`);
  const { failed } = await execa('test', ['-w', path], { ...owner, cwd: '/', reject: false });
  if (failed) throw unfit(path, 'cannot be written by the account PostgreSQL runs as');
}

/** A new place that cannot be used. */
export function unfit(path: string, what: string, cause?: unknown): OpsError {
  return new OpsError('RESTORE-TABLESPACE', `${path} ${what}`, {
    cause,
    hint: 'map the tablespace to a directory of its own: absent, or empty and of PostgreSQL’s account',
    details: { path },
  });
}

function oldPlaceTaken(from: string, lsn: string): OpsError {
  return new OpsError(
    'BACKUP-TABLESPACE',
    `a tablespace is created at ${from} since the backup, and something is there on this machine`,
    {
      hint: `replay goes to that very place first, where a live server may have its files: recover on another machine, in place, or to a point before: --to ${lsn} --exclusive`,
      details: { location: from, lsn },
    },
  );
}
