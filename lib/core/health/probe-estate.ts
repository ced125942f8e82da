import { restorableBackups } from '../catalog/restorable-backups.ts';
import { Event } from '../contract/events.ts';
import { Metric } from '../contract/metrics.ts';
import { OpsError, toOpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeyState } from '../ports/key-state.ts';
import type { Log } from '../ports/log.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { currentLineage } from '../store/current-lineage.ts';
import { timelineOf } from '../store/writer-epoch.ts';

/** What {@link probeEstate} works with. */
export interface EstateContext {
  readonly cluster: string;
  readonly store: ObjectStore;
  readonly keys: KeyState;
  /** The key under which the cluster's objects are encrypted. */
  readonly kmsKey: string;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How old the newest restorable backup is. */
interface BackupAge {
  /** Since its end; since the lineage began when there is none. */
  readonly ageSec: number;
  readonly backupId: string | undefined;
}

/**
 * Looks at a cluster from outside its database and publishes what it sees: the age of the newest
 * restorable backup, and whether its key is usable. Both looks are made, whatever the other comes to; what
 * could not be seen is not published.
 *
 * One run costs, for a cluster of one lineage: 4 LIST requests, one for each 1,000 objects of the newest
 * backup, and one for each 1,000 segments from its start to its stop, at least 6 in all; 3 GET, 4 after a
 * change of timeline; 1 DescribeKey. Every 5 minutes that is about 0.30 USD a month, however many backups
 * there are. Each newer backup that is not restorable adds up to 3 LIST and 1 GET.
 *
 * @throws {@link OpsError} the fault of the look that failed, with the other's words when both did:
 *   `CATALOG-CLUSTER`, the store's own; `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED` for the key.
 */
export async function probeEstate(context: EstateContext): Promise<void> {
  const { cluster, telemetry, keys, kmsKey, log, signal } = context;
  const [backup, key] = await Promise.allSettled([
    readBackupAge(context),
    keys.isUsable(kmsKey, { signal }),
  ]);
  if (backup.status === 'fulfilled') {
    telemetry.add(Metric.LAST_BACKUP_AGE_SEC, backup.value.ageSec);
  }
  if (key.status === 'fulfilled') telemetry.add(Metric.KEY_USABLE, key.value ? 1 : 0);
  telemetry.flush();
  const seen = backup.status === 'fulfilled' ? backup.value : undefined;
  log.info(Event.ESTATE_PROBED, {
    cluster,
    backup_id: seen?.backupId,
    last_backup_age_sec: seen?.ageSec,
    key_usable: key.status === 'fulfilled' ? key.value : undefined,
  });
  const faults = [backup, key].flatMap((look) =>
    look.status === 'rejected' ? [toOpsError(look.reason)] : [],
  );
  throwFaults(faults);
}

async function readBackupAge({ cluster, store, clock, signal }: EstateContext): Promise<BackupAge> {
  const { lineage, writer } = await currentLineage(store, cluster, { signal });
  const backups = restorableBackups(store, lineage, timelineOf(writer), { signal });
  const newest = await backups.next();
  const since = newest.value?.finishedAt ?? lineage.identity.createdAt;
  // A server's clock may be ahead by a little.
  const ageSec = Math.max(0, (clock.now().getTime() - since.getTime()) / 1_000);
  return { ageSec, backupId: newest.value?.id };
}

function throwFaults([first, second]: readonly OpsError[]): void {
  if (first === undefined) return;
  if (second === undefined) throw first;
  const { code, message, hint, details } = first;
  throw new OpsError(code, `${message}; and ${second.code}: ${second.message}`, {
    cause: new AggregateError([first, second]),
    details,
    ...(hint !== undefined && { hint }),
  });
}
