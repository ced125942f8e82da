import { randomUUID } from 'node:crypto';
import { link, lstat, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCodeOf } from '../../system/file-error.ts';
import { syncDirectory } from '../../system/sync-directory.ts';

/** Its name in a tablespace's place; PostgreSQL leaves other names there alone. */
export const TABLESPACE_MARK = 'holdfast-recovery.json';
const INCOMING = /^holdfast-recovery\.[0-9a-f-]+\.tmp$/;

/** Says whose unfinished recovery everything in a tablespace's place belongs to. */
const TablespaceMark = z.object({
  format: z.literal(1),
  /** Of the place: a copy of it is not what the recovery made. */
  inode: z.string(),
  /** That the recovery restores; its lock is held while it runs. */
  dataDirectory: z.string(),
});

/** The data directory whose unfinished recovery has `place`; `undefined` without a mark of its own. */
export async function markedFor(place: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(place, TABLESPACE_MARK), 'utf8');
    const mark = TablespaceMark.safeParse(JSON.parse(text));
    return mark.success && mark.data.inode === (await inodeOf(place))
      ? mark.data.dataDirectory
      : undefined;
  } catch (error) {
    if (errorCodeOf(error) !== undefined || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Marks an empty place; fails with `EEXIST` when another recovery was quicker. */
export async function markPlace(place: string, dataDirectory: string): Promise<void> {
  const incoming = join(place, `holdfast-recovery.${randomUUID()}.tmp`);
  const mark = { format: 1, inode: await inodeOf(place), dataDirectory } satisfies z.input<
    typeof TablespaceMark
  >;
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

async function inodeOf(path: string): Promise<string> {
  const { ino, dev } = await lstat(path, { bigint: true });
  return `${dev}:${ino}`;
}
