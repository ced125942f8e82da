import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  type AttachedServer,
  attachServer,
} from '../../lib/core/adapters/postgres/attached-server.ts';
import { pgBaseBackupSource } from '../../lib/core/adapters/postgres/pg-base-backup.ts';
import { localRecoverySite } from '../../lib/core/adapters/restore/local-recovery-site.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { takeBaseBackup } from '../../lib/core/backup/take-base-backup.ts';
import { listArchive } from '../../lib/core/catalog/archive-listing.ts';
import { listBackups } from '../../lib/core/catalog/backup-listing.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { findWindows } from '../../lib/core/catalog/recovery-window.ts';
import { planRecovery } from '../../lib/core/restore/plan/plan-recovery.ts';
import type { RecoveryContext, RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import type { RecoveryChoices, RecoveryPlan } from '../../lib/core/restore/plan/recovery-plan.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import { parseTarget } from '../../lib/core/restore/plan/target.ts';
import { segmentBefore } from '../../lib/core/wal/segment.ts';
import type { ArchivedCluster } from './archived-cluster.ts';
import { recordingLog } from './recording-log.ts';

const PART_BYTES = 4 * 1024 * 1024;

/** Takes a base backup of `cluster` in several parts. */
export async function backUp(cluster: ArchivedCluster): Promise<BackupRecord> {
  const { store, lineage, server, instance, attached } = cluster;
  return takeBaseBackup(
    { holder: 'test', checkpoint: 'fast', timeoutMs: 60_000, partBytes: PART_BYTES, parallel: 2 },
    {
      store,
      lineage,
      server,
      clock: systemClock,
      log: recordingLog(),
      source: pgBaseBackupSource(instance.binDirectory, attached.connection),
    },
  );
}

/** Ends the current segment and waits until it is in the store. */
export async function archiveAll(cluster: ArchivedCluster): Promise<void> {
  const { store, lineage } = cluster;
  const { timeline, segmentBytes } = await cluster.server.describe();
  const name = segmentBefore(timeline, await cluster.server.switchWal(), segmentBytes);
  const deadlineMs = systemClock.elapsedMs() + 20_000;
  while ((await store.head(lineage.keys.wal(name))) === undefined) {
    if (systemClock.elapsedMs() > deadlineMs) throw new Error(`${name} is not archived`);
    await systemClock.sleep(50);
  }
}

/** What a recovery needs of a cluster. */
export type RecoverableCluster = Pick<ArchivedCluster, 'store' | 'lineage' | 'instance'>;

/** Plans from what the store holds. */
export async function planFrom(
  cluster: RecoverableCluster,
  target: string,
  choices: RecoveryChoices = {},
): Promise<RecoveryPlan> {
  const { store, lineage } = cluster;
  const listing = await listArchive(store, lineage);
  const { backups } = await listBackups(store, lineage);
  const windows = await findWindows({ store, lineage, listing }, backups);
  return planRecovery({
    target: parseTarget(target),
    choices,
    backups,
    windows,
    histories: listing.histories,
    writerTimeline: 1,
    now: systemClock.now(),
  });
}

/** What a recovery of `cluster` works with. */
export function contextOf(
  cluster: RecoverableCluster,
  changes: Partial<RecoveryContext> = {},
): RecoveryContext {
  return {
    store: cluster.store,
    lineage: cluster.lineage,
    postgres: cluster.instance,
    site: localRecoverySite(),
    clock: systemClock,
    log: recordingLog(),
    ...changes,
  };
}

/** Plans and recovers. */
export async function recoverTo(
  cluster: RecoverableCluster,
  target: string,
  dataDirectory: string,
  choices: RecoveryChoices = {},
): Promise<RecoveryResult> {
  const plan = await planFrom(cluster, target, choices);
  const job = { dataDirectory, parallel: availableParallelism(), verifyFiles: true };
  return recover(plan, job, contextOf(cluster));
}

/** Starts the recovered server with its own configuration. */
export async function startRecovered(
  cluster: ArchivedCluster,
  result: RecoveryResult,
): Promise<AttachedServer> {
  return attachServer(cluster.instance, {
    dataDirectory: result.dataDirectory,
    logFile: join(await cluster.makeFolder(`log-${result.replaySec}`), 'log'),
  });
}
