import { availableParallelism } from 'node:os';
import { backUpServer } from '../../lib/core/adapters/postgres/back-up-server.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import type { Cli } from '../cli/cli.ts';
import type { Bar } from '../cli/output.ts';
import { showBackup } from '../cli/show-backup.ts';
import type { ProtectedServer } from './protected-server.ts';

const TIMEOUT_MS = 120_000;

/** Takes a base backup of the demo's server. */
export async function backUp(
  { server, sql, store, lineage }: ProtectedServer,
  { clock, log, signal }: Cli,
  bar: Bar,
): Promise<BackupRecord> {
  return backUpServer(
    {
      holder: 'holdfast demo',
      checkpoint: 'fast',
      timeoutMs: TIMEOUT_MS,
      parallel: availableParallelism(),
    },
    {
      store,
      lineage,
      server: sql,
      connection: server.connection,
      clock,
      log,
      signal,
      report: (progress) => showBackup(bar, progress),
    },
  );
}
