import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { RECOVERY_FOLDER, TABLESPACES_FOLDER } from '../../ports/data-directory.ts';
import { ServerFile } from '../../restore/replay/server-files.ts';
import { errorCodeOf } from '../system/file-error.ts';
import { syncDirectory } from '../system/sync-directory.ts';
import { withinRoom } from './room.ts';

const MARK = 'unfinished.json';
const INCOMING = 'unfinished.tmp';
const FOLDER_MODE = 0o700;

/**
 * Says that everything in a data directory was put there by a recovery that has not ended, so that
 * a second try may remove it.
 */
const UnfinishedMark = z.object({
  format: z.literal(1),
  /** Of the data directory: a copy of it is not what the recovery made. */
  inode: z.string(),
  /** Where the recovery ran; processes of other hosts and containers cannot be seen. */
  host: z.string(),
  /** Of the recovery, over all its tries. */
  id: z.uuid(),
  /** Where it takes its tablespaces, so that a try with another mapping can clear them. */
  places: z.array(z.object({ from: z.string(), to: z.string() })).readonly(),
});
export type UnfinishedMark = z.output<typeof UnfinishedMark>;

/** The mark of `dataDirectory`; `undefined` when it has none of its own. */
export async function readMark(dataDirectory: string): Promise<UnfinishedMark | undefined> {
  return (
    (await readMarkAt(dataDirectory, markPath(dataDirectory))) ??
    (await readMarkAt(dataDirectory, signalPath(dataDirectory)))
  );
}

/**
 * Takes the mark away, and with it all that a recovery needed. It goes as recovery.signal to the last:
 * at no moment can a server be started on what the next recovery would clear.
 */
export async function removeMark(dataDirectory: string): Promise<void> {
  await rename(markPath(dataDirectory), signalPath(dataDirectory));
  await syncDirectory(dataDirectory);
  await rm(join(dataDirectory, RECOVERY_FOLDER), { recursive: true, force: true });
  await rm(signalPath(dataDirectory));
  await syncDirectory(dataDirectory);
}

async function readMarkAt(
  dataDirectory: string,
  path: string,
): Promise<UnfinishedMark | undefined> {
  try {
    const mark = UnfinishedMark.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (!mark.success || mark.data.inode !== (await inodeOf(dataDirectory))) return undefined;
    // PostgreSQL's account could have named others than its own.
    return (await isOwn(path)) ? mark.data : { ...mark.data, places: [] };
  } catch (error) {
    if (errorCodeOf(error) !== undefined || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Marks a data directory that holds nothing but this recovery; keeps the id of its earlier tries. */
export async function writeMark(
  dataDirectory: string,
  places: UnfinishedMark['places'] = [],
): Promise<void> {
  const folder = join(dataDirectory, RECOVERY_FOLDER);
  const mark: UnfinishedMark = {
    format: 1,
    inode: await inodeOf(dataDirectory),
    host: hostname(),
    id: (await readMark(dataDirectory))?.id ?? randomUUID(),
    places,
  };
  await withinRoom(dataDirectory, async () => {
    await mkdir(folder, { mode: FOLDER_MODE, recursive: true });
    await rm(join(folder, INCOMING), { force: true });
    const file = await open(join(folder, INCOMING), 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(mark)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(join(folder, INCOMING), join(folder, MARK));
  });
}

function markPath(dataDirectory: string): string {
  return join(dataDirectory, RECOVERY_FOLDER, MARK);
}

function signalPath(dataDirectory: string): string {
  return join(dataDirectory, ServerFile.RECOVERY_SIGNAL);
}

/** Whether `dataDirectory` holds nothing but a mark that was never finished. */
export async function isBarelyBegun(dataDirectory: string): Promise<boolean> {
  const names = await readdir(join(dataDirectory, RECOVERY_FOLDER));
  return names.every((name) => name === INCOMING);
}

/** Empties a marked data directory, but for its mark and `kept` names. */
export async function clearUnfinished(
  dataDirectory: string,
  kept: ReadonlySet<string>,
): Promise<void> {
  const names = await readdir(dataDirectory);
  if (names.includes(TABLESPACES_FOLDER)) await unseal(join(dataDirectory, TABLESPACES_FOLDER));
  for (const name of names.filter((each) => each !== RECOVERY_FOLDER && !kept.has(each))) {
    await rm(join(dataDirectory, name), { recursive: true });
  }
  const folder = join(dataDirectory, RECOVERY_FOLDER);
  for (const name of (await readdir(folder)).filter((each) => each !== MARK)) {
    await rm(join(folder, name), { recursive: true });
  }
}

/** What is in a folder that its owner may not write cannot be removed. */
async function unseal(path: string): Promise<void> {
  const folder = await open(path, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await folder.chmod(FOLDER_MODE);
  } finally {
    await folder.close();
  }
}

/** Whether this process's account made a file. */
export async function isOwn(path: string): Promise<boolean> {
  return (await lstat(path)).uid === process.getuid?.();
}

/** Tells a file or directory from every other on this machine, its copies included. */
export async function inodeOf(path: string): Promise<string> {
  const { ino, dev } = await lstat(path, { bigint: true });
  return `${dev}:${ino}`;
}
