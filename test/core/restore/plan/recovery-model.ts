import type { BackupRecord } from '../../../../lib/core/store/records.ts';
import type { RecoveryWindow } from '../../../../lib/core/catalog/recovery-window.ts';
import type { ForeseenReplay } from '../../../../lib/core/restore/plan/foresee-replay.ts';
import type { RecoveryRequest } from '../../../../lib/core/restore/plan/recovery-plan.ts';
import type { PlacedTarget } from '../../../../lib/core/restore/plan/placed-target.ts';
import type { RecoveryTarget } from '../../../../lib/core/restore/plan/target.ts';
import { parseTargetTime } from '../../../../lib/core/restore/plan/target-time.ts';
import { runBuilder, walPath } from '../../../../lib/core/wal/continuity.ts';
import { parseSegment, segmentName } from '../../../../lib/core/wal/segment.ts';
import type { TimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';

export const SEGMENT_BYTES = 1024 * 1024;
const START = Date.UTC(2026, 10, 22);

/** One cluster's past, one commit a second, `perSegment` of them in each segment from 1 on. */
export interface Past {
  readonly segments: number;
  readonly perSegment: number;
  /** Segments that the archive lacks. */
  readonly missing: ReadonlySet<number>;
  /** Segments in which a backup begins; it stops in the next one. */
  readonly backups: readonly number[];
}

/** The moment `seconds` after the past begins. */
export function at(seconds: number): Date {
  return new Date(START + seconds * 1_000);
}

/** The moment `seconds` after the past begins, as a target. */
export function timeTarget(seconds: number): RecoveryTarget & { readonly kind: 'time' } {
  return { kind: 'time', ...parseTargetTime(at(seconds).toISOString()) };
}

/** First byte of segment `number`. */
export function lsnOf(number: number): bigint {
  return BigInt(number) * BigInt(SEGMENT_BYTES);
}

/** Second at which segment `number` was full. */
export function secondAfter(past: Past, number: number): number {
  return number * past.perSegment;
}

/** A backup that begins with segment `start` and stops at the end of the next. */
export function backupFrom(past: Past, start: number): BackupRecord {
  const name = (number: number): string => segmentName(1, BigInt(number), SEGMENT_BYTES);
  return {
    id: `backup-${start}`,
    kind: 'full',
    cluster: 'demo',
    systemIdentifier: '7',
    major: 15,
    segmentBytes: SEGMENT_BYTES,
    timeline: 1,
    startLsn: lsnOf(start) + 40n,
    stopLsn: lsnOf(start + 2) - 8n,
    startSegment: name(start),
    stopSegment: name(start + 1),
    startedAt: at(secondAfter(past, start - 1) + 1),
    finishedAt: at(secondAfter(past, start + 1)),
    bytes: 100,
    storedBytes: 50,
    parts: [],
    manifest: { name: 'm', plainBytes: 0, storedBytes: 0, plainSha256: '', storedSha256: '' },
    tablespaces: [],
    serverVersion: '15.1',
    settings: {},
    collations: [],
    checksumFailures: [],
    skipped: [],
  };
}

/** Of a replay that meets nothing of note. */
export const NOTHING_MET: ForeseenReplay = { createdTablespaces: [], limits: {}, unindexed: 0 };

/** What the catalogue makes of `past`. */
export function windowsOf(past: Past, history: TimelineHistory): RecoveryWindow[] {
  const builder = runBuilder(SEGMENT_BYTES);
  for (let number = 1; number <= past.segments; number += 1) {
    if (!past.missing.has(number)) builder.add(segmentName(1, BigInt(number), SEGMENT_BYTES));
  }
  const runs = builder.runs();
  return past.backups.flatMap((start) => {
    const backup = backupFrom(past, start);
    const from = parseSegment(backup.startSegment, SEGMENT_BYTES);
    const path = walPath(runs, history, from, SEGMENT_BYTES);
    const end = Number(path.end?.number ?? 0);
    if (end < start + 1) return [];
    const last = at(secondAfter(past, end));
    const toTime = last > backup.finishedAt ? last : backup.finishedAt;
    const [fromTime, fromLsn] = [backup.finishedAt, backup.stopLsn];
    const toLsn = lsnOf(end + 1);
    return [{ backup, timeline: 1, history, path, fromTime, fromLsn, toTime, toLsn }];
  });
}

/** A request to recover `past` to `target`, asked `later` seconds after its end. */
export function requestFor(past: Past, target: RecoveryTarget, later = 60): RecoveryRequest {
  const history = { timeline: 1, parents: [] };
  return {
    target,
    choices: {},
    backups: past.backups.map((start) => backupFrom(past, start)),
    windows: windowsOf(past, history),
    histories: new Map([[1, history]]),
    damagedHistories: new Map(),
    writerTimeline: 1,
    now: at(secondAfter(past, past.segments) + later),
  };
}

/** `target` placed in the newest window, where replay stops at `stopLsn`, a record of 80 bytes before its end. */
export function placedIn(
  { windows }: RecoveryRequest,
  stopAt: RecoveryTarget,
  stopLsn?: bigint,
): PlacedTarget {
  const window = windows.at(-1);
  if (window === undefined) throw new Error('the past has no window');
  if (stopLsn === undefined) return { window, stopAt };
  return { window, stopAt, stop: { stopLsn, readTo: stopLsn + 80n } };
}
