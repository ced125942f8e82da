import { join } from 'node:path';
import type { PostgresInstance } from '../../ports/postgres-instance.ts';
import { readControlData } from './control-data.ts';
import { startServerProcess } from './server-process.ts';

/** PostgreSQL's programs of version `major` in `binDirectory`, which {@link findPostgres} found. */
export function createPostgresInstance({
  major,
  binDirectory,
}: Pick<PostgresInstance, 'major' | 'binDirectory'>): PostgresInstance {
  return {
    major,
    binDirectory,
    controlData: async (dataDirectory, options) =>
      readControlData(binDirectory, major, dataDirectory, options),
    start: async (options) => startServerProcess(join(binDirectory, 'postgres'), options),
  };
}
