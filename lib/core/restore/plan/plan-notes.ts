import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { formatLsn } from '../../wal/lsn.ts';
import { abandonedStretches } from './abandoned-stretch.ts';
import type { RecoveryRequest } from './recovery-plan.ts';
import type { RecoveryTarget } from './target.ts';

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
    ...skippedNotes(window),
  ];
}

/** What keeps planning from being quick. */
export function indexNotes(unindexed: number): readonly string[] {
  if (unindexed === 0) return [];
  const many = unindexed === 1 ? '1 segment has' : `${unindexed} segments have`;
  return [`${many} no index and had to be read: "holdfast verify" makes what is missing`];
}

function lastCommitNote(
  target: RecoveryTarget,
  { toTime, toLsn, fromTime }: RecoveryWindow,
  stopAt: RecoveryTarget,
): string[] {
  if (stopAt.kind !== 'latest') return [];
  const end =
    toTime > fromTime
      ? `the last commit in the archive is of ${toTime.toISOString()}, at ${formatLsn(toLsn)}`
      : 'nothing was committed since the backup';
  return target.kind === 'latest'
    ? [end]
    : [`the target is not before the end of the WAL, so all of it is replayed: ${end}`];
}

/** LSNs go on from a branch on every timeline: those not taken are named. */
function otherTimelineNotes(
  { target, windows, choices }: RecoveryRequest,
  window: RecoveryWindow,
): string[] {
  if (target.kind !== 'lsn' || choices.timeline !== undefined) return [];
  return abandonedStretches(windows, window.history)
    .filter(({ fromLsn, toLsn }) => fromLsn <= target.lsn && target.lsn <= toLsn)
    .map(
      ({ timeline, fromLsn }) =>
        `the target also lies on timeline ${timeline}, which parted at ${formatLsn(fromLsn)}: choose it with --timeline ${timeline}`,
    );
}

function checksumNotes({ backup }: RecoveryWindow): string[] {
  if (backup.checksumFailures.length === 0) return [];
  return [
    `backup ${backup.id} holds damaged pages in ${backup.checksumFailures.join(', ')}: older backups may not`,
  ];
}

/** A link, most of them to configuration that lies elsewhere. */
function skippedNotes({ backup }: RecoveryWindow): string[] {
  if (backup.skipped.length === 0) return [];
  return [`the backup does not hold ${backup.skipped.join(', ')}: on their server they are links`];
}
