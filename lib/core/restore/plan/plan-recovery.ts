import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { SegmentRun } from '../../wal/continuity.ts';
import { historyName } from '../../wal/archive-file.ts';
import { formatLsn } from '../../wal/lsn.ts';
import { parseSegment, segmentNumberAt } from '../../wal/segment.ts';
import { chooseWindow } from './choose-window.ts';
import { planNotes } from './plan-notes.ts';
import type { RecoveryPlan, RecoveryRates, RecoveryRequest } from './recovery-plan.ts';
import type { RecoveryTarget } from './target.ts';

/** Kinds that replay can stop just before. */
const EXCLUDABLE = new Set<RecoveryTarget['kind']>(['time', 'lsn', 'xid']);

/**
 * Plans a recovery without reading anything: which backup, which WAL on which timeline, and what
 * PostgreSQL is told. The backup always ends before the target.
 *
 * @throws {@link OpsError} `RESTORE-WINDOW` when the target cannot be reached, with the nearest
 *   points that can; `RESTORE-TARGET` when it cannot be placed; `CATALOG-BACKUP` for an unknown
 *   `--backup`; `BACKUP-TABLESPACE` when the backup has tablespaces.
 */
export function planRecovery(request: RecoveryRequest): RecoveryPlan {
  const { target, choices, rates } = request;
  assertExclusiveFits(request);
  const { window, stopAt } = chooseWindow(request);
  const { backup, timeline, history } = window;
  assertNoTablespaces(window);
  const inclusive = choices.exclusive !== true;
  const segments = neededSegments(window, stopAt);
  const segmentCount = Number(segments.reduce((sum, run) => sum + run.last - run.first + 1n, 0n));
  return {
    backup,
    timeline,
    history,
    target,
    stopAt,
    inclusive,
    endsWithPlan: stopAt.kind === 'latest' && target.kind !== 'latest',
    window,
    segments,
    segmentCount,
    historyFiles: historyFiles(request, window),
    baseBytes: backup.storedBytes,
    walBytes: segmentCount * backup.segmentBytes,
    targetSettings: targetSettings(stopAt, timeline, inclusive),
    estimatedSec: rates && estimateSec(backup.bytes, segmentCount, rates),
    notes: planNotes(request, window, stopAt),
  };
}

function assertExclusiveFits({ target, choices }: RecoveryRequest): void {
  if (choices.exclusive !== true || EXCLUDABLE.has(target.kind)) return;
  throw new OpsError('RESTORE-TARGET', `there is no point just before a target by ${target.kind}`, {
    hint: 'leave out --exclusive; it goes with a time, an LSN or a transaction',
  });
}

function assertNoTablespaces({ backup }: RecoveryWindow): void {
  const first = backup.tablespaces[0];
  if (first === undefined) return;
  throw new OpsError(
    'BACKUP-TABLESPACE',
    `backup ${backup.id} has the tablespace ${first.name} at ${first.location}`,
    {
      hint: 'restoring it could write into the live server’s files: choose a backup without tablespaces',
      details: { backupId: backup.id, tablespace: first.name },
    },
  );
}

/** The part of the window's WAL that replay reads up to `stopAt`. */
function neededSegments({ backup, path }: RecoveryWindow, stopAt: RecoveryTarget): SegmentRun[] {
  const last = lastNeeded(backup, stopAt);
  if (last === undefined) return [...path.segments];
  return path.segments
    .filter(({ first }) => first <= last)
    .map((run) => ({ ...run, last: run.last < last ? run.last : last }));
}

function lastNeeded(
  { stopSegment, segmentBytes }: RecoveryWindow['backup'],
  stopAt: RecoveryTarget,
): bigint | undefined {
  if (stopAt.kind === 'immediate') return parseSegment(stopSegment, segmentBytes).number;
  // Replay stops at the first record from the LSN on, which may begin in the next segment.
  if (stopAt.kind === 'lsn') return segmentNumberAt(stopAt.lsn, segmentBytes) + 1n;
  return undefined;
}

/** Timeline 1 has no history; a parent's may never have been archived, and is not needed. */
function historyFiles({ histories }: RecoveryRequest, { history }: RecoveryWindow): string[] {
  const timelines = [...history.parents.map(({ timeline }) => timeline), history.timeline];
  return timelines
    .filter((timeline) => timeline > 1 && histories.has(timeline))
    .map((timeline) => historyName(timeline));
}

/** @see https://www.postgresql.org/docs/current/runtime-config-wal.html#RUNTIME-CONFIG-WAL-RECOVERY-TARGET */
function targetSettings(
  stopAt: RecoveryTarget,
  timeline: number,
  inclusive: boolean,
): Readonly<Record<string, string>> {
  return {
    recovery_target_timeline: String(timeline),
    recovery_target_inclusive: inclusive ? 'on' : 'off',
    recovery_target_action: 'promote',
    ...targetSetting(stopAt),
  };
}

function targetSetting(stopAt: RecoveryTarget): Readonly<Record<string, string>> {
  if (stopAt.kind === 'time') return { recovery_target_time: stopAt.text };
  if (stopAt.kind === 'lsn') return { recovery_target_lsn: formatLsn(stopAt.lsn) };
  if (stopAt.kind === 'xid') return { recovery_target_xid: String(stopAt.xid) };
  if (stopAt.kind === 'name') return { recovery_target_name: stopAt.name };
  return stopAt.kind === 'immediate' ? { recovery_target: 'immediate' } : {};
}

function estimateSec(baseBytes: number, segments: number, rates: RecoveryRates): number {
  return Math.ceil(baseBytes / rates.extractBytesPerSec + segments / rates.replaySegmentsPerSec);
}
