import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
} from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { OpsError } from '../../errors/ops-error.ts';
import { quoteForShell } from '../../shell/shell-word.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { SpoolMaker, SpoolRequest } from '../../ports/spool-maker.ts';
import { errorCodeOf } from '../system/file-error.ts';
import { type FileOwner, ownerOf } from '../system/file-owner.ts';
import { archiveText, SpoolEntry } from './spool-entry.ts';

const SCRIPT = new URL('../scripts/archive-command.sh', import.meta.url);
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const NEW = '.new';

/** Makes spools on this machine. */
export const folderSpoolMaker: SpoolMaker = {
  async inspect(request: SpoolRequest, options: CallOptions = {}): Promise<'absent' | 'present'> {
    options.signal?.throwIfAborted();
    const { path, dataDirectory, systemIdentifier } = request;
    const inside = `${await realPath(dataDirectory)}${sep}`;
    if (`${await realPath(path)}${sep}`.startsWith(inside)) {
      throw refused(path, 'lies inside the data directory, which base backups copy');
    }
    const standing = await identityOf(path);
    if (standing === undefined) return 'absent';
    if (standing !== systemIdentifier) {
      throw refused(path, `belongs to system ${standing}, this server is ${systemIdentifier}`);
    }
    await refuseMove(request);
    return 'present';
  },

  async make(request: SpoolRequest, options: CallOptions = {}): Promise<'created' | 'updated'> {
    const standing = await folderSpoolMaker.inspect(request, options);
    const { path, dataDirectory, systemIdentifier, oneShot } = request;
    const owner = await ownerOf(dataDirectory);
    for (const folder of [path, join(path, SpoolEntry.ACKNOWLEDGED)]) {
      await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
      await chmod(folder, FOLDER_MODE);
      await chown(folder, owner.uid, owner.gid);
      // First of all, so that a spool whose making was broken off is known for what it is.
      if (folder === path) await place(path, SpoolEntry.IDENTITY, `${systemIdentifier}\n`, owner);
    }
    await place(path, SpoolEntry.ARCHIVE, `${archiveText(request.archive)}\n`, owner);
    await place(path, SpoolEntry.SCRIPT, await readFile(SCRIPT, 'utf8'), owner);
    if (oneShot === undefined) await rm(join(path, SpoolEntry.ONE_SHOT), { force: true });
    else await place(path, SpoolEntry.ONE_SHOT, oneShotScript(oneShot), owner);
    return standing === 'absent' ? 'created' : 'updated';
  },
};

/** Replaces a file whole and durably: the archiver may read the old one at this very moment. */
async function place(path: string, name: string, text: string, owner: FileOwner): Promise<void> {
  const temporary = join(path, `${name}${NEW}`);
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', FILE_MODE);
  try {
    await file.writeFile(text);
    await file.chown(owner.uid, owner.gid);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(path, name));
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What was acknowledged, and what waits, belongs to the archive the spool was made for. */
async function refuseMove({ path, archive, moveArchive }: SpoolRequest): Promise<void> {
  if (moveArchive === true) return;
  const made = await readFile(join(path, SpoolEntry.ARCHIVE), 'utf8').catch((error: unknown) => {
    // Its making was broken off before anything could be archived.
    if (errorCodeOf(error) === 'ENOENT') return '';
    throw error;
  });
  if (made === '' || made.trim() === archiveText(archive)) return;
  throw new OpsError(
    'WAL-SPOOL',
    `this server archives to ${made.trim()}, not to ${archiveText(archive)}`,
    {
      hint: 'check --store and --cluster; if it is to archive there from now on, add --move-archive, and take a base backup',
    },
  );
}

/** `path` without links, as far as it exists. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return join(await realPath(dirname(path)), basename(path));
  }
}

/** `undefined` for a path that is free to become a spool. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const found = await lstat(path);
    if (!found.isDirectory()) throw refused(path, 'is not a directory itself');
    const entries = await readdir(path);
    if (entries.includes(SpoolEntry.IDENTITY)) {
      return (await readFile(join(path, SpoolEntry.IDENTITY), 'utf8')).trim();
    }
    const others = entries.filter((name) => name !== `${SpoolEntry.IDENTITY}${NEW}`);
    if (others.length > 0) throw refused(path, `holds other things: ${others[0]}`);
    return undefined;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function oneShotScript(words: readonly string[]): string {
  return [
    '# Ships without the agent. Called by the archive script with the name of the file that waits.',
    `exec ${words.map(quoteForShell).join(' ')} "$1"`,
    '',
  ].join('\n');
}

function refused(path: string, what: string): OpsError {
  return new OpsError('WAL-SPOOL', `${path} cannot be the spool: it ${what}`, {
    hint: 'give --spool a directory of its own for each server',
  });
}
