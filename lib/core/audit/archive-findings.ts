import { findGaps } from '../catalog/archive-gap.ts';
import type { ArchiveListing } from '../catalog/archive-listing.ts';
import type { BackupListing } from '../catalog/backup-listing.ts';
import { gapAround } from '../store/gap-log.ts';
import type { BackupPlace } from '../store/records.ts';
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

/**
 * Segments without which `backup` cannot be restored. Nobody is told again of a backup that was given
 * up when its gap was acknowledged.
 */
export function missingWal(archive: ArchiveListing, backup: BackupPlace): readonly Finding[] {
  const { segmentBytes } = backup;
  const start = parseSegment(backup.startSegment, segmentBytes);
  const stop = parseSegment(backup.stopSegment, segmentBytes);
  return missingBetween(archive.runs, start.timeline, start.number, stop.number)
    .map((range) => ({
      first: segmentName(start.timeline, range.first, segmentBytes),
      last: segmentName(start.timeline, range.last, segmentBytes),
      count: range.last - range.first + 1n,
    }))
    .filter(({ first, last }) => {
      const gap = gapAround(archive.knownGaps, first);
      return gap === undefined || last > gap.lastSegment;
    })
    .map(({ first, count }) => ({
      code: 'RESTORE-WAL',
      object: first,
      detail: `backup ${backup.id} cannot be restored: ${segmentsAre(count)} missing from here on`,
    }));
}

/** Holes in the archive that nobody has acknowledged. */
export function gaps(
  archive: ArchiveListing,
  backups: readonly BackupPlace[],
  writerTimeline: number,
  now: Date,
): readonly Finding[] {
  return findGaps(archive, backups, writerTimeline, now)
    .filter(({ known }) => known.length === 0)
    .map(({ afterSegment, beforeSegment, missing }) => ({
      code: 'WAL-GAP',
      object: afterSegment,
      detail: `${segmentsAre(missing)} missing between here and ${beforeSegment}`,
    }));
}

function segmentsAre(count: number | bigint): string {
  return Number(count) === 1 ? '1 segment is' : `${count} segments are`;
}

/** Acknowledged gaps behind which nothing can be recovered yet. */
export function unanchoredGaps(
  { knownGaps }: ArchiveListing,
  keys: LineageKeys,
): readonly Finding[] {
  return knownGaps
    .filter(({ anchor }) => anchor === undefined)
    .map(({ id, firstSegment }) => ({
      code: 'WAL-RESOLVE',
      object: keys.gap(id),
      detail: `the gap from ${firstSegment} on is acknowledged, and no backup behind it was made: run "holdfast resolve" again`,
    }));
}

/** Timelines whose segments nobody can place, because their history is not there. */
export function missingHistories(archive: ArchiveListing, keys: LineageKeys): readonly Finding[] {
  const timelines = new Set(archive.runs.map((run) => run.timeline));
  return [...timelines]
    .filter(
      (timeline) => !archive.histories.has(timeline) && !archive.damagedHistories.has(timeline),
    )
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
