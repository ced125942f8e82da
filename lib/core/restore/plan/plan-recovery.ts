import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { historyName } from '../../wal/archive-file.ts';
import { formatLsn } from '../../wal/lsn.ts';
import { neededSegments } from './needed-segments.ts';
import type { ForeseenReplay } from './foresee-replay.ts';
import type { PlacedTarget } from './placed-target.ts';
import { indexNotes, planNotes } from './plan-notes.ts';
import type { RecoveryPlan, RecoveryRates, RecoveryRequest } from './recovery-plan.ts';
import type { RecoveryTarget } from './target.ts';

/**
 * Plans a recovery to a target that was placed, without reading anything: which backup, which WAL on
 * which timeline, and what PostgreSQL is told. The backup always ends before the target.
 */
export function planRecovery(
  request: RecoveryRequest,
  placed: PlacedTarget,
  { createdTablespaces, limits, unindexed }: ForeseenReplay,
): RecoveryPlan {
  const { target, choices, rates } = request;
  const { window, stopAt } = placed;
  const { backup, timeline, history } = window;
  const inclusive = choices.exclusive !== true;
  // More WAL could create more tablespaces, at places that nobody has looked at.
  const endsWithPlan = target.kind !== 'latest' || createdTablespaces.length > 0;
  const segments = neededSegments(placed);
  const segmentCount = Number(segments.reduce((sum, run) => sum + run.last - run.first + 1n, 0n));
  return {
    backup,
    timeline,
    history,
    target,
    stopAt,
    inclusive,
    endsWithPlan,
    stopLsn: endsWithPlan && stopAt.kind === 'latest' ? window.toLsn : placed.stop?.stopLsn,
    stopTime: placed.stop?.stopTime,
    createdTablespaces,
    limits,
    window,
    segments,
    segmentCount,
    historyFiles: historyFiles(request, window),
    baseBytes: backup.storedBytes,
    walBytes: segmentCount * backup.segmentBytes,
    targetSettings: targetSettings(stopAt, timeline, inclusive),
    estimatedSec: rates && estimateSec(backup.bytes, segmentCount, rates),
    notes: [...planNotes(request, window, stopAt), ...indexNotes(unindexed)],
  };
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
  if (stopAt.kind === 'time') return { recovery_target_time: withNumericOffset(stopAt.text) };
  if (stopAt.kind === 'lsn') return { recovery_target_lsn: formatLsn(stopAt.lsn) };
  if (stopAt.kind === 'xid') return { recovery_target_xid: String(stopAt.xid) };
  if (stopAt.kind === 'name') return { recovery_target_name: stopAt.name };
  return stopAt.kind === 'immediate' ? { recovery_target: 'immediate' } : {};
}

/**
 * A time in UTC as a setting has it: when the server reads its command line it knows no abbreviations
 * of time zones yet, and `Z` is one.
 *
 * @see PostgreSQL check_recovery_target_time, src/backend/access/transam/xlogrecovery.c
 */
function withNumericOffset(text: string): string {
  return text.replace('T', ' ').replace('Z', '+00');
}

function estimateSec(baseBytes: number, segments: number, rates: RecoveryRates): number {
  return Math.ceil(baseBytes / rates.extractBytesPerSec + segments / rates.replaySegmentsPerSec);
}
