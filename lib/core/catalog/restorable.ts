import { missingBetween } from '../wal/continuity.ts';
import { parseSegment } from '../wal/segment.ts';
import type { ArchiveListing } from './archive-listing.ts';
import type { BackupPlace } from '../store/records.ts';

/** Whether all WAL from the backup's start to its stop is in the archive. */
export function isRestorable(backup: BackupPlace, archive: ArchiveListing): boolean {
  const start = parseSegment(backup.startSegment, backup.segmentBytes);
  const stop = parseSegment(backup.stopSegment, backup.segmentBytes);
  return missingBetween(archive.runs, start.timeline, start.number, stop.number).length === 0;
}
