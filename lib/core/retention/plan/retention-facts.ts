import type { RetentionPolicy } from '../../config/retention-policy.ts';
import type { IncompleteBackup } from '../../catalog/read-backups.ts';
import type { BackupSummary } from '../../store/records.ts';
import type { SegmentRun } from '../../wal/continuity.ts';
import type { TimelineHistory } from '../../wal/timeline-history.ts';
import type { HoldRecord } from '../hold-record.ts';

/** All that a plan is made of: what a lineage has, and what somebody wants of it. */
export interface RetentionFacts {
  readonly policy: RetentionPolicy;
  /** By the clock of whoever plans. */
  readonly now: Date;
  /** The cluster's `wal_segment_size`. */
  readonly segmentBytes: number;
  /** Those whose record and objects are all there. */
  readonly backups: readonly CompleteBackup[];
  /** The other folders below `base/`. */
  readonly broken: readonly BrokenBackup[];
  /** Whether somebody holds the lease of base backups, or nobody can tell. */
  readonly isBackupRunning: boolean;
  readonly archive: ArchiveFacts;
  /** 1 before the first writer. */
  readonly writerTimeline: number;
  readonly holds: Holds;
  /** Backups that are being restored or drilled. */
  readonly inUse: readonly string[];
  /** Backups that an applied plan has let go: of them the store may have lost any object. */
  readonly letGo: ReadonlySet<string>;
}

/** What lies in the folder of a base backup. */
export interface BackupFolder {
  /** Of all its objects. */
  readonly storedBytes: number;
  /** When the newest of them came. */
  readonly newestAt: Date;
}

/** A backup whose record and objects are all there; its WAL may not be. */
export interface CompleteBackup extends BackupFolder {
  readonly summary: BackupSummary;
}

/** A folder without a backup that can be used, and why. */
export interface BrokenBackup extends BackupFolder, IncompleteBackup {}

/** What the archive holds, in memory that does not grow with its segments but by one in hundreds. */
export interface ArchiveFacts {
  /** What recovery can read; poisoned names are not in it. */
  readonly runs: readonly SegmentRun[];
  /** Those that can be read, timeline 1's among them. */
  readonly histories: ReadonlyMap<number, TimelineHistory>;
  /** Everything that can go with a segment, by timeline and number. */
  readonly stretches: readonly StoredStretch[];
  /** When the newest segment of each timeline came. */
  readonly newestAt: ReadonlyMap<number, Date>;
}

/** Consecutive numbers of one timeline under which the store has something. */
export interface StoredStretch extends SegmentRun {
  /** Whole segments among them. */
  readonly segments: number;
  /** With indexes and whatever else goes with them. */
  readonly storedBytes: number;
  /** Whether it came within the recovery window. */
  readonly isRecent: boolean;
}

/** What somebody wants kept. */
export interface Holds {
  /** Those that nobody released; one whose end is past holds nothing. */
  readonly standing: readonly HoldRecord[];
  /** Keys of records that cannot be read: in doubt each holds everything. */
  readonly damaged: readonly string[];
}
