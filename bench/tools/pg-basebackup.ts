import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { NOTHING_BESIDE } from './no-beside.ts';
import type { BackupProtection, Tool } from './tool.ts';

/** Name in the tables. */
export const PG_BASEBACKUP_NAME = 'pg_basebackup';

/** PostgreSQL's own copy into a folder of tar files, compressed by as many workers as there are cores. */
export function pgBasebackupTool(version: string): Tool<BackupProtection> {
  return {
    name: PG_BASEBACKUP_NAME,
    version,
    protect: async ({ instance, server }, directory) => ({
      // It waits for the archiver at the end of a backup, whatever that does.
      archiveCommand: 'true',
      startBeside: async () => NOTHING_BESIDE,
      backup: {
        program: join(instance.binDirectory, 'pg_basebackup'),
        args: [
          `--pgdata=${join(directory, 'backup')}`,
          `--compress=client-zstd:level=3,workers=${availableParallelism()}`,
          '--format=tar',
          '--wal-method=none',
          '--checkpoint=fast',
          '--no-password',
        ],
        environment: libpqEnvironment(server.connection),
      },
    }),
  };
}
