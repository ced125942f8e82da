import type { BackupSummary } from '../../store/records.ts';
import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import type { OpsError } from '../../errors/ops-error.ts';
import type { SegmentRun } from '../../wal/continuity.ts';
import type { Lsn } from '../../wal/lsn.ts';
import type { Micros } from '../../wal/micros.ts';
import type { ServerLimits } from '../../wal/wal-event.ts';
import type { TimelineHistory } from '../../wal/timeline-history.ts';
import type { CreatedTablespace } from './placed-target.ts';
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
  readonly backups: readonly BackupSummary[];
  readonly windows: readonly RecoveryWindow[];
  readonly histories: ReadonlyMap<number, TimelineHistory>;
  /** Why a history that is there cannot be read, by timeline. */
  readonly damagedHistories: ReadonlyMap<number, OpsError>;
  /** Of the current writer. */
  readonly writerTimeline: number;
  readonly now: Date;
  /** @default - no estimate is made */
  readonly rates?: RecoveryRates | undefined;
}

/** What a recovery will do; nothing has been downloaded yet. */
export interface RecoveryPlan {
  readonly backup: BackupSummary;
  /** The timeline that is followed; never "the highest". */
  readonly timeline: number;
  readonly history: TimelineHistory;
  /** As it was asked for. */
  readonly target: RecoveryTarget;
  /** What PostgreSQL is told: `latest` when the target lies at or past the end of the WAL. */
  readonly stopAt: RecoveryTarget;
  readonly inclusive: boolean;
  /**
   * Whether WAL behind the planned segments counts as absent: it would lead past a target that lay at
   * the end when it was planned, and PostgreSQL reads ahead of its target, where there may be a gap.
   *
   * @see PostgreSQL xlogprefetcher.c: a failure of reading ahead counts only once replay gets there
   */
  readonly endsWithPlan: boolean;
  /**
   * Where replay will stop, as the WAL says beforehand: the end of the last record replayed.
   * `undefined` when more WAL may be archived meanwhile, and for `immediate`.
   */
  readonly stopLsn: Lsn | undefined;
  /** When the transaction ended with whose end replay stops; known for an LSN, inclusive. */
  readonly stopTime: Micros | undefined;
  /** Tablespaces that replay would create on its way. */
  readonly createdTablespaces: readonly CreatedTablespace[];
  /** The highest limits of servers that wrote this WAL, if they were changed since the backup. */
  readonly limits: ServerLimits;
  /** The window that the target lies in. */
  readonly window: RecoveryWindow;
  /** WAL that must be there, in order of replay. */
  readonly segments: readonly SegmentRun[];
  readonly segmentCount: number;
  /** History files that must be there. */
  readonly historyFiles: readonly string[];
  /** Stored bytes of the base backup. */
  readonly baseBytes: number;
  /** Plain bytes of that WAL; for `latest` more may be archived meanwhile. */
  readonly walBytes: number;
  /** `recovery_target_*` and its kin, by name. */
  readonly targetSettings: Readonly<Record<string, string>>;
  /** Unknown without rates. */
  readonly estimatedSec: number | undefined;
  /** For people: what is not obvious about this recovery. */
  readonly notes: readonly string[];
}
