import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { until } from '../../support/until.ts';

/** A test that waits for another file's work needs this long at most. */
export const SHARED_WORK_MS = 240_000;

/**
 * What `make` gives, which runs once for all test files of this run; those that come later wait.
 *
 * @param make - gets a folder of its own, which stays until the run ends; its result has to be JSON.
 */
export async function oncePerRun<T>(
  name: string,
  make: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(inject('runFolder'), name);
  const result = join(folder, 'result.json');
  if (await isFirst(folder)) {
    const text = JSON.stringify(await make(folder));
    await writeFile(`${result}.new`, text);
    await rename(`${result}.new`, result);
  }
  const text = await until(
    `${name} is made`,
    async () => readFile(result, 'utf8').catch(() => undefined),
    SHARED_WORK_MS,
  );
  return JSON.parse(text) as T;
}

async function isFirst(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
