import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Every account keeps its own folder in it. */
const OPEN_TO_ALL = 0o1777;

/**
 * Tests start the command line some hundred times: Node keeps what it made of its files, which a
 * command of an operator does anew each time.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const cache = await mkdtemp(join(tmpdir(), 'holdfast-compile-cache-'));
  await chmod(cache, OPEN_TO_ALL);
  process.env['NODE_COMPILE_CACHE'] = cache;
  // What a test has killed may write a moment longer.
  return async () => rm(cache, { recursive: true, force: true, maxRetries: 9 });
}
