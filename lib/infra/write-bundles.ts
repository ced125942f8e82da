import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** The checkout. */
export const PROJECT_ROOT = resolve(import.meta.dirname, '../..');

/** Lambda's Node, and the image's. */
const NODE_TARGET = 'node24';
/** Some packages are CommonJS and ask for Node's own modules by `require`. */
const REQUIRE_BANNER =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** What is bundled, and how. */
export interface Bundles {
  /** File of each entry, by the name that its bundle gets. */
  readonly entries: Readonly<Record<string, string>>;
  readonly minify: boolean;
}

/**
 * Writes `<name>.mjs` and its source map for each entry. Packages go in too, the SDK among them, so that
 * what was tested is what runs. The same sources give the same bytes, wherever the checkout and
 * `directory` are: nothing is deployed again because another machine deploys it.
 */
export function writeBundles(directory: string, { entries, minify }: Bundles): void {
  const { outputFiles } = buildSync({
    entryPoints: { ...entries },
    // Source maps name sources as seen from here: a folder elsewhere would change their bytes.
    outdir: PROJECT_ROOT,
    write: false,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify,
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
  mkdirSync(directory, { recursive: true });
  for (const { path, contents } of outputFiles) {
    writeFileSync(join(directory, basename(path)), contents);
  }
}
