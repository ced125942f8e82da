import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { NODE_TARGET, PROJECT_ROOT, REQUIRE_BANNER } from '../constructs/function-bundling.ts';

/** Started by file name, as a thread: must not be bundled into what starts it. */
const THREADS = ['lib/core/adapters/system/digest-worker.mjs'];

/** Folder of the Dockerfile. */
export const TASKS_DIRECTORY = join(PROJECT_ROOT, 'tasks');

/**
 * Makes `directory` anew with all that the image is built from: the Dockerfile and the bundle of the
 * tasks. The same sources give the same bytes, wherever the checkout and the directory are.
 */
export function writeImageContext(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'bundle'), { recursive: true });
  copyFileSync(join(TASKS_DIRECTORY, 'Dockerfile'), join(directory, 'Dockerfile'));
  for (const { path, contents } of bundleTasks()) {
    writeFileSync(join(directory, 'bundle', basename(path)), contents);
  }
}

function bundleTasks(): readonly { readonly path: string; readonly contents: Uint8Array }[] {
  return buildSync({
    entryPoints: [
      join(TASKS_DIRECTORY, 'main.ts'),
      ...THREADS.map((file) => join(PROJECT_ROOT, file)),
    ],
    entryNames: '[name]',
    // Source maps name sources as seen from here: a folder elsewhere would change their bytes.
    outdir: join(PROJECT_ROOT, 'bundle'),
    write: false,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: NODE_TARGET,
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE_BANNER },
    sourcemap: true,
    sourcesContent: false,
    absWorkingDir: PROJECT_ROOT,
    logLevel: 'error',
  }).outputFiles;
}
