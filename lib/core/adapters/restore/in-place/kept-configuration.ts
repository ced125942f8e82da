import { constants } from 'node:fs';
import { lstat, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigurationEntry } from '../../../ports/cluster-place.ts';
import { RECOVERY_FOLDER } from '../../../ports/data-directory.ts';
import { ServerFile } from '../../../restore/replay/server-files.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import type { FileOwner } from '../../system/file-owner.ts';
import { syncDirectory } from '../../system/sync-directory.ts';

/** Larger files at the top of a data directory are somebody's, but nobody's configuration. */
const MOST_BYTES = 1024 * 1024;
/** What PostgreSQL itself keeps there about its state; the recovered server has its own. */
const STATE_FILES = new Set<string>([
  'PG_VERSION',
  'backup_label',
  'backup_label.old',
  'backup_manifest',
  'current_logfiles',
  'postmaster.opts',
  'postmaster.pid',
  'tablespace_map',
  'tablespace_map.old',
  ServerFile.RECOVERY_CONF,
  ServerFile.RECOVERY_SIGNAL,
  ServerFile.STANDBY_SIGNAL,
]);
/** Written anew, without what belongs to a recovery. */
const REWRITTEN: string = ServerFile.AUTO_CONF;
/** @see PostgreSQL subdirs, src/bin/initdb/initdb.c */
const STATE_FOLDERS = /^(base|global|pg_.+)$/;
const TEMPORARY = `${RECOVERY_FOLDER}/keeping`;

/** What an operator has put at the top of `dataDirectory`: settings, rules, keys, links to them. */
export async function listConfiguration(
  dataDirectory: string,
): Promise<readonly ConfigurationEntry[]> {
  const entries: ConfigurationEntry[] = [];
  for (const name of (await readdir(dataDirectory)).toSorted()) {
    if (STATE_FILES.has(name)) continue;
    const path = join(dataDirectory, name);
    const found = await lstat(path);
    if (found.isSymbolicLink() && (!STATE_FOLDERS.test(name) || name.endsWith('.conf'))) {
      entries.push({ name, linkText: await readlink(path) });
    } else if (found.isFile() && found.size <= MOST_BYTES) {
      entries.push({ name, linkText: undefined });
    }
  }
  return entries;
}

/**
 * Puts the configuration of the directory `from` in the place of what `to` has. Links are made again
 * and not followed.
 */
export async function keepConfiguration(
  from: string,
  to: string,
  owner: FileOwner | undefined,
): Promise<void> {
  const temporary = join(to, TEMPORARY);
  for (const { name, linkText } of await listConfiguration(from)) {
    if (name === REWRITTEN) continue;
    await rm(temporary, { force: true });
    if (linkText === undefined) await copyFile(join(from, name), temporary, owner);
    else await symlink(linkText, temporary);
    await rename(temporary, join(to, name)).catch(keepFolder);
  }
  await syncDirectory(to);
}

/** The backup has a folder of that name, which says more than a link to where it went. */
function keepFolder(error: unknown): void {
  if (errorCodeOf(error) !== 'EISDIR') throw error;
}

/** Neither end is a link: a root process works where PostgreSQL's account owns the names. */
async function copyFile(from: string, to: string, owner: FileOwner | undefined): Promise<void> {
  const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const source = await open(from, O_RDONLY | O_NOFOLLOW);
  try {
    const { mode } = await source.stat();
    const copy = await open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await copy.writeFile(await source.readFile());
      if (owner !== undefined) await copy.chown(owner.uid, owner.gid);
      await copy.chmod(mode & 0o777);
      await copy.sync();
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}
