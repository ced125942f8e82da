import { join } from 'node:path';
import type { CallOptions } from '../../ports/object-store.ts';
import { findPrograms } from './find-programs.ts';
import { runTool } from './run-tool.ts';

/**
 * Huge pages that a server on `dataDirectory` would take for its shared memory: -1 where the platform has
 * none. No server may run there.
 *
 * @param configFile - the postgresql.conf that it would be started with.
 * @throws {@link OpsError} `PG-FAILED` for a configuration that PostgreSQL does not take; `PG-TOOLS`.
 * @see https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-HUGE-PAGES
 */
export async function sharedMemoryPages(
  dataDirectory: string,
  configFile: string,
  options: CallOptions = {},
): Promise<number> {
  const { binDirectory } = await findPrograms();
  const words = ['-D', dataDirectory, '-c', `config_file=${configFile}`];
  const asked = ['-C', 'shared_memory_size_in_huge_pages'];
  return Number(await runTool(join(binDirectory, 'postgres'), [...words, ...asked], options));
}
