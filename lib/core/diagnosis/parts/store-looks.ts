import { listArchive, readHistories } from '../../catalog/archive-listing.ts';
import { recoverablePoint } from '../../catalog/recoverable-point.ts';
import { findWindows } from '../../catalog/recovery-window.ts';
import { restorableBackups } from '../../catalog/restorable-backups.ts';
import { ageSec, span } from '../../doctor/amounts.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { CurrentLineage } from '../../store/current-lineage.ts';
import type { BackupSummary } from '../../store/records.ts';
import { timelineOf } from '../../store/writer-epoch.ts';
import { historyName } from '../../wal/archive-file.ts';
import { formatLsn } from '../../wal/lsn.ts';
import { parseSegment, segmentName } from '../../wal/segment.ts';
import type { Look } from '../part.ts';

/** Where a cluster's archive is. */
export interface Archive extends CurrentLineage {
  readonly store: ObjectStore;
}

/** The newest backup that leads to what is written now. Throws as {@link restorableBackups}. */
export async function newestBackup(
  { store, lineage, writer }: Archive,
  options: CallOptions,
): Promise<BackupSummary | undefined> {
  const backups = restorableBackups(store, lineage, timelineOf(writer), options);
  return (await backups.next()).value;
}

/** What there is to restore from. */
export function backupLook(backup: BackupSummary | undefined, now: Date): Look {
  if (backup === undefined) return { says: 'none is restorable' };
  const { id, finishedAt } = backup;
  return {
    says: `${id}, made ${span(ageSec(finishedAt, now))} ago`,
    rows: [{ id, finishedAt: finishedAt.toISOString(), stopLsn: formatLsn(backup.stopLsn) }],
  };
}

/**
 * How far the store alone could bring the cluster back from its newest backup. Lists the WAL since that backup, and reads
 * its last segment.
 *
 * @throws {@link OpsError} the store's own.
 */
export async function recoverableLook(
  { store, lineage, writer }: Archive,
  backup: BackupSummary | undefined,
  now: Date,
  options: CallOptions,
): Promise<Look> {
  if (backup === undefined) return { says: 'nothing: there is no restorable backup' };
  const timeline = timelineOf(writer);
  const start = parseSegment(backup.startSegment, backup.segmentBytes);
  const after =
    start.number === 0n
      ? {}
      : {
          after: lineage.keys.wal(
            segmentName(start.timeline, start.number - 1n, backup.segmentBytes),
          ),
        };
  const listing = await listArchive(store, lineage, { ...options, ...after });
  // Its key may sort before the backup's first segment.
  const wanted = timeline === 1 || listing.histories.has(timeline) ? [] : [timeline];
  const keys = new Map(wanted.map((one) => [one, lineage.keys.wal(historyName(one))]));
  const { histories } = await readHistories(store, keys, options);
  const whole = { ...listing, histories: new Map([...histories, ...listing.histories]) };
  const windows = await findWindows({ store, lineage, listing: whole }, [backup], options);
  const point = recoverablePoint(windows, timeline, now);
  if (point === undefined) return { says: `nothing on timeline ${timeline} from ${backup.id}` };
  return {
    says: `up to a commit of ${span(point.ageSec)} ago`,
    rows: [{ lsn: formatLsn(point.lsn), time: point.time.toISOString(), timeline }],
  };
}
