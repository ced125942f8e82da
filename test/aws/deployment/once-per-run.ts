import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { until } from '../../support/until.ts';

/** A test that waits for another file's work needs this long at most. */
export const SHARED_WORK_MS = 240_000;

/** What became of shared work. */
type Outcome<T> = { readonly value: T } | { readonly fault: string };

/**
 * What `make` gives, which runs once for all test files of this run; those that come later wait.
 *
 * @param make - gets a folder of its own, which stays until the run ends; its result has to be JSON.
 * @throws {@link Error} in every file that asks, when it failed in the first.
 */
export async function oncePerRun<T>(
  name: string,
  make: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(inject('runFolder'), name);
  const file = join(folder, 'outcome.json');
  if (await isFirst(folder)) {
    await writeFile(`${file}.new`, JSON.stringify(await outcomeOf(make(folder))));
    await rename(`${file}.new`, file);
  }
  const text = await until(
    `${name} is made`,
    async () => readFile(file, 'utf8').catch(() => undefined),
    SHARED_WORK_MS,
  );
  const outcome = JSON.parse(text) as Outcome<T>;
  if ('fault' in outcome) throw new Error(`${name}: ${outcome.fault}`);
  return outcome.value;
}

async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { fault: String(error) };
  }
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
