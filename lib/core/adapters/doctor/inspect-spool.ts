import type { Stats } from 'node:fs';
import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { SpoolFacts } from '../../doctor/host-facts.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { ArchivePlace } from '../../ports/spool.ts';
import { errorCodeOf } from '../system/file-error.ts';
import { archiveText, SpoolEntry } from '../wal/spool-entry.ts';
import { isFileLocked } from './seen-locks.ts';

const PERMISSIONS = 0o7777;
const SCRIPT = new URL('../scripts/archive-command.sh', import.meta.url);

/** What a spool is compared with. */
export interface SpoolPlace {
  readonly dataDirectory: string | undefined;
  readonly archive: ArchivePlace | undefined;
}

/**
 * Looks at a spool without touching it: its locks are seen, never taken.
 *
 * @throws {@link OpsError} `WAL-SPOOL` when it is not there, or may not be looked into.
 */
export async function inspectSpool(path: string, place: SpoolPlace): Promise<SpoolFacts> {
  const found = await lstatSpool(path);
  const read = async (name: string): Promise<string | undefined> => readSmall(join(path, name));
  const beat = (await read(SpoolEntry.HEARTBEAT))?.trim() ?? '';
  const script = await readFile(SCRIPT, 'utf8');
  return {
    path,
    isDirectory: found.isDirectory(),
    uid: found.uid,
    mode: found.mode & PERMISSIONS,
    isInDataDirectory: await isInside(path, place.dataDirectory),
    identity: (await read(SpoolEntry.IDENTITY))?.trim(),
    archive: (await read(SpoolEntry.ARCHIVE))?.trim(),
    wantedArchive: place.archive && archiveText(place.archive),
    isScriptCurrent: (await read(SpoolEntry.SCRIPT)) === script,
    beatAt: /^\d{1,11}$/.test(beat) ? new Date(Number(beat) * 1_000) : undefined,
    isLocked: await isFileLocked(join(path, 'agent.lock')),
  };
}

async function lstatSpool(path: string): Promise<Stats> {
  try {
    return await lstat(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function readSmall(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT' || errorCodeOf(cause) === 'ENOTDIR') return undefined;
    throw unreadable(path, cause);
  }
}

async function isInside(path: string, dataDirectory: string | undefined): Promise<boolean> {
  if (dataDirectory === undefined) return false;
  const isThere = await stat(dataDirectory).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  return `${await realpath(path)}${sep}`.startsWith(`${await realpath(dataDirectory)}${sep}`);
}

function unreadable(path: string, cause: unknown): OpsError {
  const why = errorCodeOf(cause) ?? String(cause);
  return new OpsError('WAL-SPOOL', `${path} cannot be looked at: ${why}`, {
    cause,
    hint: 'holdfast init  # makes the spool; look as the account of PostgreSQL, or as root',
  });
}
