import type { BackupRecord } from '../../store/records.ts';
import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { RecoveryRequest } from './recovery-plan.ts';
import type { RecoveryTarget } from './target.ts';
import { TIME_EXAMPLE } from './target-time.ts';
import { behindGap, outsideLsn, outsideTime } from './window-refusals.ts';

/** The window a target lies in, and what PostgreSQL is to be told. */
export interface ChosenWindow {
  readonly window: RecoveryWindow;
  /** The target, or `latest` when there is nothing after it at which replay could stop. */
  readonly stopAt: RecoveryTarget;
}

const LATEST: RecoveryTarget = { kind: 'latest' };

/**
 * Finds the newest restorable backup that ends before the target, and proves that continuous WAL
 * leads from it to the target.
 *
 * @throws {@link OpsError} `RESTORE-WINDOW` when no window holds the target, with the nearest
 *   points that can be reached; `RESTORE-TARGET` when the target or timeline cannot be placed;
 *   `CATALOG-BACKUP` when the chosen backup does not exist.
 */
export function chooseWindow(request: RecoveryRequest): ChosenWindow {
  const { target } = request;
  const windows = candidates(request);
  if (target.kind === 'time') return chooseByTime(request, windows, target);
  if (target.kind === 'lsn') return chooseByLsn(request, windows, target);
  if (target.kind === 'latest') return chooseLatest(newest(windows));
  if (target.kind !== 'immediate') assertBackupGiven(request);
  return { window: newest(windows), stopAt: target };
}

/** Windows on the chosen timeline, and of the chosen backup if there is one; never empty. */
function candidates(request: RecoveryRequest): readonly RecoveryWindow[] {
  const { backups, histories, choices } = request;
  const timeline = choices.timeline ?? request.writerTimeline;
  if (!histories.has(timeline)) {
    throw new OpsError('RESTORE-TARGET', `the archive has no history of timeline ${timeline}`, {
      hint: `choose one with --timeline: ${[...histories.keys()].join(', ')}`,
      details: { timeline },
    });
  }
  const { backupId } = choices;
  if (backupId !== undefined && !backups.some(({ id }) => id === backupId)) {
    throw unknownBackup(backupId, backups);
  }
  const windows = request.windows.filter(
    (window) =>
      window.timeline === timeline && (backupId === undefined || window.backup.id === backupId),
  );
  if (windows.length > 0) return windows;
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

function chooseByTime(
  request: RecoveryRequest,
  windows: readonly RecoveryWindow[],
  target: Extract<RecoveryTarget, { kind: 'time' }>,
): ChosenWindow {
  const { time } = target;
  if (time > request.now) throw outsideTime(windows, target, 'is in the future', request.now);
  const suitable = windows.filter(({ fromTime }) => fromTime <= time);
  if (suitable.length === 0) {
    throw outsideTime(windows, target, 'is before every restorable backup', request.now);
  }
  const window = newest(suitable);
  // Replay stops at a time only when it meets a later commit; just before one, also at an equal one.
  const isBeforeEnd =
    time < window.toTime || (request.choices.exclusive === true && time <= window.toTime);
  if (isBeforeEnd && window.toTime > window.fromTime) return { window, stopAt: target };
  if (window.path.gap === undefined) return { window, stopAt: LATEST };
  throw outsideTime(windows, target, behindGap(window), request.now);
}

function chooseByLsn(
  { choices }: RecoveryRequest,
  windows: readonly RecoveryWindow[],
  target: Extract<RecoveryTarget, { kind: 'lsn' }>,
): ChosenWindow {
  const { lsn } = target;
  const suitable = windows.filter(({ fromLsn }) => fromLsn <= lsn);
  if (suitable.length === 0) {
    throw outsideLsn(windows, lsn, 'is before the end of every restorable backup');
  }
  const window = newest(suitable);
  if (lsn < window.toLsn) return { window, stopAt: target };
  if (window.path.gap !== undefined) throw outsideLsn(windows, lsn, behindGap(window));
  // Nothing starts at the very end, so replay could not stop there by itself.
  if (lsn === window.toLsn) return { window, stopAt: LATEST };
  throw outsideLsn(windows, lsn, `is past the end of the WAL${forBackup(choices.backupId)}`);
}

function chooseLatest(window: RecoveryWindow): ChosenWindow {
  const { gap } = window.path;
  if (gap === undefined) return { window, stopAt: LATEST };
  throw outsideTime([window], undefined, behindGap(window), window.toTime);
}

function assertBackupGiven({ target, choices }: RecoveryRequest): void {
  if (choices.backupId !== undefined) return;
  throw new OpsError(
    'RESTORE-TARGET',
    `a target by ${target.kind} cannot be placed without a backup to start from`,
    {
      hint: `add --backup with one that ended before it, or give a time such as ${TIME_EXAMPLE}`,
      details: { kind: target.kind },
    },
  );
}

function newest(windows: readonly RecoveryWindow[]): RecoveryWindow {
  return windows.reduce((best, window) => (window.fromLsn > best.fromLsn ? window : best));
}

function forBackup(backupId: string | undefined): string {
  return backupId === undefined ? '' : ` that follows backup ${backupId}`;
}

function unknownBackup(backupId: string, backups: readonly BackupRecord[]): OpsError {
  const ids = backups.map(({ id }) => id);
  return new OpsError('CATALOG-BACKUP', `there is no complete backup ${backupId}`, {
    hint: ids.length === 0 ? 'there is none at all' : `choose one of ${ids.join(', ')}`,
    details: { backupId },
  });
}
