import { restorableBackups } from '../../catalog/restorable-backups.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { currentLineage } from '../../store/current-lineage.ts';
import { timelineOf } from '../../store/writer-epoch.ts';

/** How old the newest restorable backup is. */
export interface BackupAge {
  /** Since its end; since the lineage began when there is none. */
  readonly ageSec: number;
  readonly backupId: string | undefined;
}

/** What {@link readBackupAge} looks at. */
export interface BackupLook {
  readonly cluster: string;
  readonly store: ObjectStore;
  readonly clock: Clock;
}

/**
 * The age of the newest backup that can be restored. For a cluster of one lineage it costs 4 LIST requests, one for
 * each 1,000 objects of the newest backup, and one for each 1,000 segments from its start to its stop, at least 6 in
 * all; 3 GET, 4 after a change of timeline; however many backups there are. Each newer backup that is not restorable
 * adds up to 3 LIST and 1 GET.
 *
 * @throws {@link OpsError} `CATALOG-CLUSTER`, and the store's own.
 */
export async function readBackupAge(
  { cluster, store, clock }: BackupLook,
  signal: AbortSignal,
): Promise<BackupAge> {
  const { lineage, writer } = await currentLineage(store, cluster, { signal });
  const backups = restorableBackups(store, lineage, timelineOf(writer), { signal });
  const newest = await backups.next();
  const since = newest.value?.finishedAt ?? lineage.identity.createdAt;
  // A server's clock may be ahead by a little.
  const ageSec = Math.max(0, (clock.now().getTime() - since.getTime()) / 1_000);
  return { ageSec, backupId: newest.value?.id };
}
