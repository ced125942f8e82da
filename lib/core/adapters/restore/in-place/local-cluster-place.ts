import { constants } from 'node:fs';
import { open, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterPlace, PlaceState } from '../../../ports/cluster-place.ts';
import { setAsidePath } from '../../../restore/in-place/in-place-journal.ts';
import { dataDirectoryOwner } from '../../postgres/data-directory-owner.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import type { FileLock } from '../../system/file-lock.ts';
import type { FileOwner } from '../../system/file-owner.ts';
import { assertIdle, claimLocked, locateDataDirectory } from '../claim-data-directory.ts';
import { assertUnlocked, lockDataDirectory } from '../lock-data-directory.ts';
import { unmarkPlace } from '../tablespaces/tablespace-mark.ts';
import { readMark } from '../unfinished-mark.ts';
import { readJournal, writeJournal } from './journal-file.ts';
import { keepConfiguration } from './kept-configuration.ts';
import { look, makeMove } from './move-directory.ts';
import { surveyCluster } from './survey-cluster.ts';
import { makeEmptyDirectory } from './wal-target.ts';

/** A {@link ClusterPlace} on this machine. */
export interface LocalClusterPlace extends ClusterPlace {
  /** The account of the cluster's server, when this process is root. */
  readonly owner: FileOwner | undefined;
}

/** The place of the lock is held by whoever took it. */
const HELD: FileLock = { release: async () => undefined };

/**
 * The place of the data directory `path`, which need not be there now.
 *
 * @throws {@link OpsError} `PG-DATA-DIR` when neither it nor what was set aside from there is a
 *   directory, or root owns it; `RESTORE-IN-PLACE` when the journal beside it is damaged.
 */
export async function openClusterPlace(path: string): Promise<LocalClusterPlace> {
  const place = await locateDataDirectory(path);
  const owner = await findOwner(place);
  return {
    path: place,
    owner,
    hold: async () => {
      const lock = await lockDataDirectory(place);
      return { [Symbol.asyncDispose]: async () => lock.release() };
    },
    assertFree: async () => assertUnlocked(place),
    assertIdle,
    state: async () => stateOf(place),
    survey: async () => surveyCluster(place),
    readJournal: async () => readJournal(place),
    writeJournal: async (journal) => writeJournal(place, journal),
    look,
    move: makeMove,
    claim: async () => claimLocked(place, owner, HELD),
    makeTarget: async (target, inode) => makeEmptyDirectory(target, inode, owner),
    forgetMark: unmarkPlace,
    link: async (name, text) => symlink(text, join(place, name)),
    readText,
    keepConfiguration: async (from) => keepConfiguration(from, place, owner),
  };
}

async function findOwner(place: string): Promise<FileOwner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const journal = await readJournal(place);
  const aside = journal && setAsidePath(place, journal.id);
  // An interrupted recovery may have made the place, and not given it away yet.
  const isAside = aside !== undefined && (await look([aside]))(aside) !== 'absent';
  return dataDirectoryOwner(isAside ? aside : place);
}

async function stateOf(place: string): Promise<PlaceState> {
  try {
    if ((await readdir(place)).length === 0) return 'empty';
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
  return (await readMark(place)) === undefined ? 'occupied' : 'unfinished';
}

async function readText(directory: string, name: string): Promise<string | undefined> {
  try {
    const file = await open(join(directory, name), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  }
}
