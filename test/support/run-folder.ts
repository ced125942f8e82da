import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of this run, for what its test files share; removed at its end. */
    readonly runFolder: string;
  }
}

/** Makes the folder; what is in it is made by who first needs it. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-run-'));
  provide('runFolder', folder);
  return async () => rm(folder, { recursive: true, force: true });
}
