import { RetentionPolicy } from '../../../../lib/core/config/retention-policy.ts';
import type { HoldRecord } from '../../../../lib/core/retention/hold-record.ts';
import type {
  BrokenBackup,
  RetentionFacts,
} from '../../../../lib/core/retention/plan/retention-facts.ts';
import { windowStart } from '../../../../lib/core/retention/plan/known-backup.ts';
import { stretchBuilder } from '../../../../lib/core/retention/stretch-builder.ts';
import { backupId } from '../../../../lib/core/backup/plan-backup.ts';
import type { TimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';
import { historyOf, LINEAGE_IDENTITY, segment } from '../../../support/wal-fixture.ts';
import { backupRecord } from '../../catalog/archive-model.ts';

/** One stored segment. */
export interface PastSegment {
  readonly timeline: number;
  readonly number: number;
  readonly arrivedAt: Date;
}

/** One backup with its record. */
export interface PastBackup {
  readonly timeline: number;
  readonly start: number;
  readonly stop: number;
  readonly finishedAt: Date;
  /** @default - when it finished */
  readonly arrivedAt?: Date;
}

/** What has happened to a lineage, as plain lists. */
export interface Past {
  readonly now: Date;
  readonly policy: RetentionPolicy;
  readonly segments: readonly PastSegment[];
  readonly histories: readonly TimelineHistory[];
  readonly backups: readonly PastBackup[];
  readonly broken: readonly BrokenBackup[];
  readonly holds: readonly HoldRecord[];
  readonly damagedHolds: readonly string[];
  readonly inUse: readonly string[];
  readonly isBackupRunning: boolean;
  readonly writerTimeline: number;
  readonly letGo: readonly string[];
}

export const NOW = new Date('2026-12-01T12:00:00.000Z');
export const DAY_MS = 86_400_000;
export const SEGMENT_BYTES = 400_000;
export const BACKUP_BYTES = 10_000_000;

/** A moment so many days before {@link NOW}. */
export function daysAgo(days: number): Date {
  return new Date(NOW.getTime() - days * DAY_MS);
}

/** Nothing but a policy of 10 days, and no calendar. */
export function emptyPast(policy: Partial<RetentionPolicy> = {}): Past {
  return {
    now: NOW,
    policy: RetentionPolicy.parse({
      windowDays: 10,
      daily: 0,
      weekly: 0,
      monthly: 0,
      minBackups: 1,
      ...policy,
    }),
    segments: [],
    histories: [historyOf(1, [])],
    backups: [],
    broken: [],
    holds: [],
    damagedHolds: [],
    inUse: [],
    isBackupRunning: false,
    writerTimeline: 1,
    letGo: [],
  };
}

/** One segment a day from so many days ago until yesterday, numbered from 1; a backup within each named. */
export function dailyPast(days: number, backups: readonly number[], policy = {}): Past {
  const segments = Array.from({ length: days }, (_, index) => ({
    timeline: 1,
    number: index + 1,
    arrivedAt: daysAgo(days - index),
  }));
  return { ...emptyPast(policy), segments, backups: backups.map((start) => backupAt(days, start)) };
}

/** The backup within segment `start` of {@link dailyPast}. */
export function backupAt(days: number, start: number): PastBackup {
  return { timeline: 1, start, stop: start, finishedAt: daysAgo(days - start + 1) };
}

/** What a plan is made of, when this is what has happened. */
export function factsOf(past: Past): RetentionFacts {
  const { now, policy, segments, histories, backups, holds, damagedHolds } = past;
  const { segmentBytes } = LINEAGE_IDENTITY;
  const builder = stretchBuilder(segmentBytes, windowStart({ now, policy }));
  for (const { timeline, number, arrivedAt } of segments) {
    const head = { key: '', etag: '', bytes: SEGMENT_BYTES, modifiedAt: arrivedAt };
    builder.add(segment(number, timeline), 'segment', head);
  }
  return {
    now,
    policy,
    segmentBytes,
    backups: backups.map((backup) => ({
      summary: summaryOf(backup),
      storedBytes: BACKUP_BYTES,
      newestAt: backup.arrivedAt ?? backup.finishedAt,
    })),
    broken: past.broken,
    isBackupRunning: past.isBackupRunning,
    archive: {
      ...builder.result(),
      histories: new Map(histories.map((history) => [history.timeline, history])),
    },
    writerTimeline: past.writerTimeline,
    holds: { standing: holds, damaged: damagedHolds },
    inUse: past.inUse,
    letGo: new Set(past.letGo),
  };
}

/** Id of a backup, as its folder is called. */
export function idOf({ timeline, start, finishedAt }: PastBackup): string {
  const label = { timeline, startSegment: segment(start, timeline) };
  return backupId(finishedAt, label);
}

function summaryOf(backup: PastBackup): RetentionFacts['backups'][number]['summary'] {
  const { timeline, start, stop, finishedAt } = backup;
  const { parts, ...record } = backupRecord(start, timeline);
  const end = backupRecord(stop, timeline);
  return {
    ...record,
    id: idOf(backup),
    stopLsn: end.stopLsn,
    stopSegment: end.stopSegment,
    startedAt: finishedAt,
    finishedAt,
  };
}
