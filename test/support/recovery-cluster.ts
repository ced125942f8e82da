import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  type AttachedServer,
  attachServer,
} from '../../lib/core/adapters/postgres/attached-server.ts';
import { streamedBaseBackups } from '../../lib/core/adapters/postgres/streamed-base-backup.ts';
import { localRecoverySite } from '../../lib/core/adapters/restore/local-recovery-site.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { takeBaseBackup } from '../../lib/core/backup/take-base-backup.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { planFromStore } from '../../lib/core/restore/plan-from-store.ts';
import type { RecoveryContext, RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import type { RecoveryChoices, RecoveryPlan } from '../../lib/core/restore/plan/recovery-plan.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import { parseTarget } from '../../lib/core/restore/plan/target.ts';
import type { TablespaceMapping } from '../../lib/core/restore/tablespaces/tablespace-mapping.ts';
import { segmentBefore } from '../../lib/core/wal/segment.ts';
import type { ArchivedCluster } from './archived-cluster.ts';
import { recordingLog } from './recording-log.ts';

const PART_BYTES = 4 * 1024 * 1024;

/** Takes a base backup of `cluster` in several parts. */
export async function backUp(cluster: ArchivedCluster): Promise<BackupRecord> {
  const { store, lineage, server, attached } = cluster;
  return takeBaseBackup(
    { holder: 'test', checkpoint: 'fast', timeoutMs: 60_000, partBytes: PART_BYTES, parallel: 2 },
    {
      store,
      lineage,
      server,
      clock: systemClock,
      log: recordingLog(),
      source: streamedBaseBackups(attached.connection),
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
  return planFromStore(cluster, parseTarget(target), choices, { clock: systemClock });
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
  tablespaceMapping?: TablespaceMapping,
): Promise<RecoveryResult> {
  const plan = await planFrom(cluster, target, choices);
  const parallel = availableParallelism();
  const job = { dataDirectory, parallel, verifyFiles: true, tablespaceMapping };
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
