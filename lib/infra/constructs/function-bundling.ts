import { join, resolve } from 'node:path';
import * as nodejs from 'aws-cdk-lib/aws-lambda-nodejs';

/** The checkout. */
export const PROJECT_ROOT = resolve(import.meta.dirname, '../../..');

/** Lambda's Node, and the image's. */
export const NODE_TARGET = 'node24';

/** Some packages are CommonJS and ask for Node's own modules by `require`. */
export const REQUIRE_BANNER =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** File of a function's handler. */
export function handlerFile(name: string): string {
  return join(PROJECT_ROOT, 'functions', name, 'handler.ts');
}

/** By esbuild on this machine; the SDK goes in too, so that what was tested is what runs. */
export const BUNDLING: nodejs.BundlingOptions = {
  format: nodejs.OutputFormat.ESM,
  target: NODE_TARGET,
  mainFields: ['module', 'main'],
  externalModules: [],
  banner: REQUIRE_BANNER,
  minify: true,
  sourceMap: true,
  sourcesContent: false,
};
