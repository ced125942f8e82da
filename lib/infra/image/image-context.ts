import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, writeBundles } from '../write-bundles.ts';

/** Folder of the Dockerfile. */
export const TASKS_DIRECTORY = join(PROJECT_ROOT, 'tasks');

const ADAPTERS = join(PROJECT_ROOT, 'lib/core/adapters');
const FILES = ['Dockerfile', 'entry.sh'];
const ENTRIES = {
  main: join(TASKS_DIRECTORY, 'main.ts'),
  holdfast: join(PROJECT_ROOT, 'bin/holdfast.ts'),
  // Started by file name, as a thread: must not be bundled into what starts it.
  'digest-worker': join(ADAPTERS, 'system/digest-worker.mjs'),
};

/**
 * Makes `directory` anew with all that the image is built from: the Dockerfile, the entry, the bundles
 * of the tasks and of the command line, and beside their folder that of the scripts, which they look
 * for as the adapters do. The same sources give the same bytes, wherever the checkout and the
 * directory are, and the same modes: under another account's umask the image would not start.
 */
export function writeImageContext(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const name of FILES) copyFileSync(join(TASKS_DIRECTORY, name), join(directory, name));
  cpSync(join(ADAPTERS, 'scripts'), join(directory, 'scripts'), { recursive: true });
  writeBundles(join(directory, 'bundle'), { entries: ENTRIES, minify: false });
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
