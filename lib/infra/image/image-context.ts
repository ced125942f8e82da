import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, writeBundles } from '../write-bundles.ts';

/** Folder of the Dockerfile. */
export const TASKS_DIRECTORY = join(PROJECT_ROOT, 'tasks');

const ENTRIES = {
  main: join(TASKS_DIRECTORY, 'main.ts'),
  // Started by file name, as a thread: must not be bundled into what starts it.
  'digest-worker': join(PROJECT_ROOT, 'lib/core/adapters/system/digest-worker.mjs'),
};

/**
 * Makes `directory` anew with all that the image is built from: the Dockerfile and the bundle of the
 * tasks. The same sources give the same bytes, wherever the checkout and the directory are.
 */
export function writeImageContext(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  copyFileSync(join(TASKS_DIRECTORY, 'Dockerfile'), join(directory, 'Dockerfile'));
  writeBundles(join(directory, 'bundle'), { entries: ENTRIES, minify: false });
}
