import { findGaps } from '../catalog/archive-gap.ts';
import type { ArchiveListing } from '../catalog/archive-listing.ts';
import type { BackupListing } from '../catalog/backup-listing.ts';
import type { BackupRecord } from '../store/records.ts';
import type { LineageKeys } from '../contract/key-layout.ts';
import { historyName } from '../wal/archive-file.ts';
import { missingBetween } from '../wal/continuity.ts';
import { parseSegment, segmentName } from '../wal/segment.ts';
import type { Finding } from './verify-report.ts';

/**
 * Backups that must not be used.
 *
 * @param isRunning - whether a backup is being taken: the newest without a record is that one.
 */
export function incompleteBackups(
  { incomplete }: BackupListing,
  isRunning: boolean,
): readonly Finding[] {
  const newest = incomplete.at(-1);
  return incomplete
    .filter((backup) => !(isRunning && backup === newest && backup.code === 'BACKUP-FAILED'))
    .map(({ code, object, reason }) => ({ code, object, detail: reason }));
}

/** Segments without which `backup` cannot be restored. */
export function missingWal(archive: ArchiveListing, backup: BackupRecord): readonly Finding[] {
  const start = parseSegment(backup.startSegment, backup.segmentBytes);
  const stop = parseSegment(backup.stopSegment, backup.segmentBytes);
  return missingBetween(archive.runs, start.timeline, start.number, stop.number).map((range) => ({
    code: 'RESTORE-WAL',
    object: segmentName(start.timeline, range.first, backup.segmentBytes),
    detail: `backup ${backup.id} cannot be restored: ${range.last - range.first + 1n} segments from here on are missing`,
  }));
}

/** Holes in the archive. */
export function gaps(
  archive: ArchiveListing,
  backups: readonly BackupRecord[],
  now: Date,
): readonly Finding[] {
  return findGaps(archive, backups, now).map(({ afterSegment, beforeSegment, missing }) => ({
    code: 'WAL-GAP',
    object: afterSegment,
    detail: `${missing} segments are missing between here and ${beforeSegment}`,
  }));
}

/** Timelines whose segments nobody can place, because their history is not there. */
export function missingHistories(archive: ArchiveListing, keys: LineageKeys): readonly Finding[] {
  const timelines = new Set(archive.runs.map((run) => run.timeline));
  return [...timelines]
    .filter((timeline) => !archive.histories.has(timeline))
    .map((timeline) => ({
      code: 'STORE-ABSENT',
      object: keys.wal(historyName(timeline)),
      detail: `segments of timeline ${timeline} are there, its history is not: nothing can be recovered along it`,
    }));
}

/** Keys under `wal/` that nothing explains. */
export function strangers(archive: ArchiveListing): readonly Finding[] {
  return archive.strangers.map((object) => ({
    code: 'STORE-KEY',
    object,
    detail: 'is no archive file of PostgreSQL at this place',
  }));
}
