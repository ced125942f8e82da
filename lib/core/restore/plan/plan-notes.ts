import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { formatLsn } from '../../wal/lsn.ts';
import { switchPoint } from '../../wal/timeline-history.ts';
import type { RecoveryRequest } from './recovery-plan.ts';
import type { RecoveryTarget } from './target.ts';
import { utcText } from './target-time.ts';

/** What an operator should know before a recovery to `stopAt`, in sentences. */
export function planNotes(
  request: RecoveryRequest,
  window: RecoveryWindow,
  stopAt: RecoveryTarget,
): readonly string[] {
  return [
    ...lastCommitNote(request.target, window, stopAt),
    ...otherTimelineNotes(request, window),
    ...checksumNotes(window),
  ];
}

function lastCommitNote(
  target: RecoveryTarget,
  { toTime, toLsn, fromTime }: RecoveryWindow,
  stopAt: RecoveryTarget,
): string[] {
  if (stopAt.kind !== 'latest') return [];
  const end =
    toTime > fromTime
      ? `the last commit in the archive is of ${utcText(toTime)}, at ${formatLsn(toLsn)}`
      : 'nothing was committed since the backup';
  return target.kind === 'latest'
    ? [end]
    : [`the target is not before the end of the WAL, so all of it is replayed: ${end}`];
}

/** A time may lie on several timelines: the one not taken is named. */
function otherTimelineNotes(
  { target, windows, choices }: RecoveryRequest,
  window: RecoveryWindow,
): string[] {
  if (target.kind !== 'time' || choices.timeline !== undefined) return [];
  const others = windows.filter(
    ({ timeline, fromTime, toTime }) =>
      timeline !== window.timeline && fromTime <= target.time && target.time <= toTime,
  );
  return [...new Set(others.map(({ timeline }) => timeline))].map((timeline) => {
    const left = switchPoint(window.history, timeline);
    const where = left === undefined ? '' : `, which was left at ${formatLsn(left)}`;
    return `the target also lies on timeline ${timeline}${where}: choose it with --timeline ${timeline}`;
  });
}

function checksumNotes({ backup }: RecoveryWindow): string[] {
  if (backup.checksumFailures.length === 0) return [];
  return [
    `backup ${backup.id} holds damaged pages in ${backup.checksumFailures.join(', ')}: older backups may not`,
  ];
}
