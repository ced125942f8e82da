import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { NODE_TARGET, PROJECT_ROOT, REQUIRE_BANNER } from '../constructs/function-bundling.ts';

/** Started by file name, as a thread: must not be bundled into what starts it. */
const THREADS = ['lib/core/adapters/system/digest-worker.mjs'];

/**
 * A directory with all that the image is built from: the Dockerfile and the bundle of the tasks. The
 * same sources give the same bytes.
 */
export function imageContext(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-image-'));
  copyFileSync(join(PROJECT_ROOT, 'tasks/Dockerfile'), join(directory, 'Dockerfile'));
  buildSync({
    entryPoints: [
      join(PROJECT_ROOT, 'tasks/main.ts'),
      ...THREADS.map((file) => join(PROJECT_ROOT, file)),
    ],
    entryNames: '[name]',
    outdir: join(directory, 'bundle'),
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
  });
  return directory;
}
