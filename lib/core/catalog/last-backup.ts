import type { BackupSummary } from '../store/records.ts';
import { follows } from './archive-gap.ts';
import type { ArchiveListing } from './archive-listing.ts';

/**
 * The newest backup from which the writer's timeline can be followed: one of a timeline that was given
 * up is no protection of what is written now. While the writer's history is on its way to the archive,
 * the newest of all.
 *
 * @param backups - oldest first.
 */
export function lastBackup(
  backups: readonly BackupSummary[],
  { histories }: Pick<ArchiveListing, 'histories'>,
  writerTimeline: number,
): BackupSummary | undefined {
  const history = histories.get(writerTimeline);
  return backups.findLast((backup) => history === undefined || follows(backup, history));
}
