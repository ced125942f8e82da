import type { BackupSummary } from '../../store/records.ts';
import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { RecoveryRequest } from './recovery-plan.ts';

/**
 * Windows on the timeline that is followed, and of the chosen backup if there is one: newest first,
 * never none.
 *
 * @throws {@link OpsError} `RESTORE-TARGET` when the archive cannot tell that timeline's history;
 *   `CATALOG-BACKUP` when the chosen backup does not exist; `RESTORE-WINDOW` when nothing leads there.
 */
export function candidates(request: RecoveryRequest): readonly RecoveryWindow[] {
  const { backups, choices } = request;
  const timeline = followedTimeline(request);
  const { backupId } = choices;
  if (backupId !== undefined && !backups.some(({ id }) => id === backupId)) {
    throw unknownBackup(backupId, backups);
  }
  const windows = request.windows.filter(
    (window) =>
      window.timeline === timeline && (backupId === undefined || window.backup.id === backupId),
  );
  if (windows.length > 0) return windows.toSorted((a, b) => (a.fromLsn > b.fromLsn ? -1 : 1));
  const which = backupId === undefined ? 'no backup' : `backup ${backupId} is not one that`;
  throw new OpsError(
    'RESTORE-WINDOW',
    `${which} leads to a point on timeline ${timeline} with all of its WAL`,
    {
      hint: 'run "holdfast windows" to see what can be recovered, on which timeline',
      details: { timeline },
    },
  );
}

/** The newest of {@link candidates}; throws as it does. */
export function newestCandidate(request: RecoveryRequest): RecoveryWindow {
  return candidates(request).reduce((best, one) => (one.fromLsn > best.fromLsn ? one : best));
}

/** The timeline that was asked for, else the current writer's; never simply the highest. */
function followedTimeline({ choices, histories, ...request }: RecoveryRequest): number {
  const timeline = choices.timeline ?? request.writerTimeline;
  if (histories.has(timeline)) return timeline;
  const cause = request.damagedHistories.get(timeline);
  throw new OpsError(
    'RESTORE-TARGET',
    cause === undefined
      ? `the archive has no history of timeline ${timeline}`
      : `the history of timeline ${timeline} cannot be read: ${cause.message}`,
    {
      hint: `choose one with --timeline: ${[...histories.keys()].join(', ')}`,
      cause,
      details: { timeline },
    },
  );
}

function unknownBackup(backupId: string, backups: readonly BackupSummary[]): OpsError {
  const ids = backups.map(({ id }) => id);
  return new OpsError('CATALOG-BACKUP', `there is no complete backup ${backupId}`, {
    hint: ids.length === 0 ? 'there is none at all' : `choose one of ${ids.join(', ')}`,
    details: { backupId },
  });
}
