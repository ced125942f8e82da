import { access, constants, writeFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Scale } from '../scale.ts';

const DROP_CACHES = '/proc/sys/vm/drop_caches';
/** Pages, and directory entries with their inodes. */
const EVERYTHING = '3';
const TOUCH = fileURLToPath(new URL('touch-memory.ts', import.meta.url));
/** What a run writes and reads, in databases. */
const TOUCHED_DATABASES = 2;

/** How files lie in memory when a run begins. */
export type PageCache = 'cold' | 'as the run before left it';

/**
 * Whether this process is to empty the page cache and may: on Linux, as root.
 *
 * @see https://docs.kernel.org/admin-guide/sysctl/vm.html#drop-caches
 */
export async function pageCacheControl({
  coldCache,
}: Pick<Scale, 'coldCache'>): Promise<PageCache> {
  if (!coldCache) return 'as the run before left it';
  try {
    await access(DROP_CACHES, constants.W_OK);
    return 'cold';
  } catch {
    return 'as the run before left it';
  }
}

/**
 * Writes out what waits to be written, so that no run pays for another's, empties the cache, and has the
 * memory that the run will need given to this machine.
 */
export async function settlePageCache(
  cache: PageCache,
  { databaseBytes }: Pick<Scale, 'databaseBytes'>,
): Promise<void> {
  await execa('sync');
  if (cache === 'cold') await writeFile(DROP_CACHES, EVERYTHING);
  const bytes = Math.floor(Math.min(freemem() / 2, databaseBytes * TOUCHED_DATABASES));
  await execa(process.execPath, [TOUCH, String(bytes)]);
}
