import { availableParallelism, hostname } from 'node:os';
import { readRootCertificates } from '../../lib/core/adapters/aws/root-certificates.ts';
import { secretsManagerValues } from '../../lib/core/adapters/aws/secrets-manager-values.ts';
import { backUpServer } from '../../lib/core/adapters/postgres/back-up-server.ts';
import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { awaitServer } from '../../lib/core/backup/await-server.ts';
import { BaseBackupConfig } from '../../lib/core/config/base-backup-config.ts';
import { RunKind } from '../../lib/core/contract/deployed-names.ts';
import { Metric } from '../../lib/core/contract/metrics.ts';
import { roleCredentials } from '../../lib/core/secrets/role-secret.ts';
import { currentLineage } from '../../lib/core/store/current-lineage.ts';
import { runTask, type Task, type TaskProcess } from '../shared/run-task.ts';
import { backupHeartbeat } from './backup-heartbeat.ts';

/** Takes one base backup of the cluster's server into its store. Writes no file. */
const baseBackup: Task<typeof BaseBackupConfig> = {
  name: RunKind.BASE_BACKUP,
  config: BaseBackupConfig,
  elapsedMetric: Metric.BACKUP_ELAPSED_SEC,
  run: async (config, { clock, log, signal, report }) => {
    const { cluster, storeUrl, kmsKey, envelopeKey, checkpoint, maxRateKiB, timeoutSec } = config;
    const connection = await findServer(config, signal);
    const store = await openObjectStore(storeUrl, { kmsKey, envelopeKey });
    const { lineage } = await currentLineage(store, cluster, { signal });
    await using server = openClusterServer(connection);
    if (config.attempt > 1) await awaitServer(server, { clock, signal });
    const record = await backUpServer(
      {
        holder: holderOf(config),
        checkpoint,
        maxRateKiB,
        timeoutMs: timeoutSec * 1_000,
        parallel: availableParallelism(),
      },
      {
        connection,
        store,
        lineage,
        server,
        clock,
        log,
        signal,
        report: (progress) => report(backupHeartbeat(progress)),
      },
    );
    const { id, bytes, storedBytes } = record;
    return { cluster, backup_id: id, bytes, stored_bytes: storedBytes };
  },
};

/** Runs the task to its end; gives the exit status. */
export async function runBaseBackupTask(io: TaskProcess): Promise<number> {
  return runTask(baseBackup, io);
}

/** The server, as the role whose secret it is, verified by the cluster's own certificates. */
async function findServer(
  { host, port, roleSecret, caParameter }: BaseBackupConfig,
  signal: AbortSignal,
): Promise<ConnectionOptions> {
  const secret = await secretsManagerValues().read(roleSecret, { signal });
  const credentials = roleCredentials(secret, roleSecret);
  const sslRoots = await readRootCertificates(caParameter, { signal });
  return { host, port, ...credentials, sslMode: 'verify-full', sslRoots };
}

/** Whoever waits for the lease reads it. */
function holderOf({ occurrence, attempt }: BaseBackupConfig): string {
  const run = occurrence === undefined ? 'by hand' : `of ${occurrence}, attempt ${attempt}`;
  return `the task on ${hostname()} ${run}`;
}
