import { realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { PostgresInstance } from '../../ports/postgres-instance.ts';
import { readControlData } from './control-data.ts';
import { dataDirectoryOwner } from './data-directory-owner.ts';
import { runTool } from './run-tool.ts';
import { startServerProcess } from './server-process.ts';
import { openStoppedServer } from './stopped-server.ts';

/** PostgreSQL's programs of version `major` in `binDirectory`, which {@link findPostgres} found. */
export function createPostgresInstance({
  major,
  binDirectory,
}: Pick<PostgresInstance, 'major' | 'binDirectory'>): PostgresInstance {
  const postgres = join(binDirectory, 'postgres');
  return {
    major,
    binDirectory,
    controlData: async (dataDirectory, options) =>
      readControlData(binDirectory, major, dataDirectory, options),
    start: async (options) => startServerProcess(postgres, options),
    configured: async (dataDirectory, setting, { signal } = {}) => {
      const owner = await dataDirectoryOwner(dataDirectory);
      const args = ['-D', dataDirectory, '-C', setting];
      const value = (await runTool(postgres, args, { owner, signal })).trim();
      return isAbsolute(value) ? realpath(value).catch(() => value) : value;
    },
    openStopped: (options) => openStoppedServer(postgres, options),
  };
}
