import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { OpsError } from '../../../errors/ops-error.ts';
import { InPlaceJournal } from '../../../restore/in-place/in-place-journal.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import { syncDirectory } from '../../system/sync-directory.ts';
import { withinRoom } from '../room.ts';

const FILE_MODE = 0o600;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * The journal beside the data directory at `place`; `undefined` when there is none.
 *
 * @throws {@link OpsError} `RESTORE-IN-PLACE` when it cannot be understood, or this process is root
 *   and another account wrote it.
 */
export async function readJournal(place: string): Promise<InPlaceJournal | undefined> {
  const path = journalPath(place);
  try {
    const { text, uid } = await readWithOwner(path);
    // PostgreSQL's account may own the folder, and root moves and empties what the journal names.
    if (process.getuid?.() === 0 && uid !== 0) {
      throw notOurs(path, `account ${uid} wrote it, and root goes by its own alone`);
    }
    const journal = z.decode(InPlaceJournal, JSON.parse(text));
    if (journal.dataDirectory === place) return journal;
    throw damaged(path, `it is of ${journal.dataDirectory}`);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw damaged(path, 'it is damaged', error);
    if (errorCodeOf(error) === 'EACCES') throw notOurs(path, 'this account may not read it', error);
    throw error;
  }
}

/**
 * Puts `journal` beside its data directory, whole and durably.
 *
 * @throws {@link OpsError} `RESTORE-SPACE` when the disk is full; the journal before stands then.
 */
export async function writeJournal(place: string, journal: InPlaceJournal): Promise<void> {
  const path = journalPath(place);
  const temporary = `${path}.new`;
  const text = `${JSON.stringify(z.encode(InPlaceJournal, journal), undefined, 1)}\n`;
  await withinRoom(dirname(path), async () => {
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', FILE_MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  });
}

async function readWithOwner(
  path: string,
): Promise<{ readonly text: string; readonly uid: number }> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { uid } = await file.stat();
    return { text: await file.readFile('utf8'), uid };
  } finally {
    await file.close();
  }
}

function journalPath(place: string): string {
  return `${place}.in-place.json`;
}

function notOurs(path: string, why: string, cause?: unknown): OpsError {
  return new OpsError('RESTORE-IN-PLACE', `the journal ${path} cannot be used: ${why}`, {
    cause,
    hint: 'run the command as the account that began the recovery there',
    details: { path },
  });
}

function damaged(path: string, what: string, cause?: unknown): OpsError {
  return new OpsError('RESTORE-IN-PLACE', `the journal ${path} cannot be used: ${what}`, {
    cause,
    hint: 'look at what lies beside the data directory, put it where it belongs, and move the journal away',
    details: { path },
  });
}
