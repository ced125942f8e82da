import { hostname } from 'node:os';
import { backUpServer } from '../../lib/core/adapters/postgres/back-up-server.ts';
import type { BackupContext, BackupRequest } from '../../lib/core/backup/take-base-backup.ts';
import type { ClusterServer } from '../../lib/core/ports/cluster-server.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import type { Cli } from './cli.ts';
import type { ServerOptions } from './common-options.ts';
import { showBackup } from './show-backup.ts';

/** What is backed up, and where to. */
export interface BackupPlace {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly server: ClusterServer;
}

/** A base backup that has all day, in seconds. */
export const DEFAULT_TIMEOUT_SEC = 21_600;

/** Takes a base backup of the server that `options` name, and shows how far it is. */
export async function takeBackup(
  { store, lineage, server }: BackupPlace,
  request: Omit<BackupRequest, 'holder'>,
  options: ServerOptions,
  cli: Cli,
): Promise<BackupRecord> {
  const bar = cli.output.bar('backup');
  const holder = `${hostname()} process ${process.pid}`;
  const { clock, log, signal } = cli;
  const connection = cli.connection(options);
  const report: BackupContext['report'] = (progress) => showBackup(bar, progress);
  return backUpServer(
    { ...request, holder },
    { connection, store, lineage, server, clock, log, report, signal },
  ).finally(() => bar.stop());
}
