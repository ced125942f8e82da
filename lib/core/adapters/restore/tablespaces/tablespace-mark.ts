import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCodeOf } from '../../system/file-error.ts';
import { syncDirectory } from '../../system/sync-directory.ts';
import { inodeOf, isOwn, readMark } from '../unfinished-mark.ts';

/** Its name in a tablespace's place; PostgreSQL leaves other names there alone. */
export const TABLESPACE_MARK = 'holdfast-recovery.json';
const INCOMING = /^holdfast-recovery\.[0-9a-f-]+\.tmp$/;

/**
 * Says whose unfinished recovery everything in a tablespace's place belongs to: as long as the data
 * directory that it names is marked as unfinished by the same recovery, and no longer.
 */
const TablespaceMark = z.object({
  format: z.literal(1),
  /** Of the place: a copy of it is not what the recovery made. */
  inode: z.string(),
  /** That the recovery restores; its lock is held while it runs. */
  dataDirectory: z.string(),
  /** Of the recovery, as the data directory's own mark has it. */
  id: z.uuid(),
});

/** Which recovery made what is in a place. */
export interface PlaceOrigin {
  readonly dataDirectory: string;
  /** Whether it is over: then a server may have its files there. */
  readonly isOver: boolean;
}

/** What the mark of `place` says; `undefined` without one that this account made for it. */
export async function readOrigin(place: string): Promise<PlaceOrigin | undefined> {
  const path = join(place, TABLESPACE_MARK);
  try {
    const mark = TablespaceMark.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (!mark.success || mark.data.inode !== (await inodeOf(place))) return undefined;
    if (!(await isOwn(path))) return undefined;
    const { dataDirectory, id } = mark.data;
    return { dataDirectory, isOver: (await readMark(dataDirectory))?.id !== id };
  } catch (error) {
    if (errorCodeOf(error) !== undefined || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Marks an empty place for the recovery into a data directory that is marked itself; fails with
 * `EEXIST` when another recovery was quicker.
 */
export async function markPlace(place: string, dataDirectory: string): Promise<void> {
  const incoming = join(place, `holdfast-recovery.${randomUUID()}.tmp`);
  const { id } = (await readMark(dataDirectory)) ?? {};
  if (id === undefined) throw new TypeError('tablespaces are held for a marked data directory');
  const inode = await inodeOf(place);
  const mark = { format: 1, inode, dataDirectory, id } satisfies z.input<typeof TablespaceMark>;
  const file = await open(incoming, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(mark)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(incoming, join(place, TABLESPACE_MARK));
  } finally {
    await rm(incoming, { force: true });
  }
  await syncDirectory(place);
}

/** Removes the mark, and with it the right to empty the place. */
export async function unmarkPlace(place: string): Promise<void> {
  await rm(join(place, TABLESPACE_MARK), { force: true });
  await syncDirectory(place);
}

/** Whether a name in a place is a mark, or one that was being made. */
export function isOfMark(name: string): boolean {
  return name === TABLESPACE_MARK || INCOMING.test(name);
}
