import type { BackupRecord } from '../../store/records.ts';
import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import type { SegmentRun } from '../../wal/continuity.ts';
import type { TimelineHistory } from '../../wal/timeline-history.ts';
import type { RecoveryTarget } from './target.ts';

/** What an operator may add to a target. */
export interface RecoveryChoices {
  /** @default - the newest backup that ends before the target */
  readonly backupId?: string | undefined;
  /** @default - the timeline of the current writer */
  readonly timeline?: number | undefined;
  /**
   * Stop just before the target.
   *
   * @default false
   */
  readonly exclusive?: boolean | undefined;
}

/** Speeds seen before, for an estimate. */
export interface RecoveryRates {
  /** Plain bytes of the base. */
  readonly extractBytesPerSec: number;
  readonly replaySegmentsPerSec: number;
}

/** All that a recovery is planned from. */
export interface RecoveryRequest {
  readonly target: RecoveryTarget;
  readonly choices: RecoveryChoices;
  /** Complete backups, restorable or not. */
  readonly backups: readonly BackupRecord[];
  readonly windows: readonly RecoveryWindow[];
  readonly histories: ReadonlyMap<number, TimelineHistory>;
  /** Of the current writer. */
  readonly writerTimeline: number;
  readonly now: Date;
  /** @default - no estimate is made */
  readonly rates?: RecoveryRates | undefined;
}

/** What a recovery will do; nothing has been downloaded yet. */
export interface RecoveryPlan {
  readonly backup: BackupRecord;
  /** The timeline that is followed; never "the highest". */
  readonly timeline: number;
  readonly history: TimelineHistory;
  /** As it was asked for. */
  readonly target: RecoveryTarget;
  /** What PostgreSQL is told: `latest` when the target lies at or past the end of the WAL. */
  readonly stopAt: RecoveryTarget;
  readonly inclusive: boolean;
  /**
   * Whether WAL that is archived after planning is left alone: it would lead past a target that lay
   * at the end when it was planned.
   */
  readonly endsWithPlan: boolean;
  /** The window that the target lies in. */
  readonly window: RecoveryWindow;
  /** WAL that must be there, in order of replay. */
  readonly segments: readonly SegmentRun[];
  readonly segmentCount: number;
  /** History files that must be there. */
  readonly historyFiles: readonly string[];
  /** Stored bytes of the base backup. */
  readonly baseBytes: number;
  /** Plain bytes of the WAL at most: a time is placed only while replaying. */
  readonly walBytes: number;
  /** `recovery_target_*` and its kin, by name. */
  readonly targetSettings: Readonly<Record<string, string>>;
  /** Unknown without rates. */
  readonly estimatedSec: number | undefined;
  /** For people: what is not obvious about this recovery. */
  readonly notes: readonly string[];
}
