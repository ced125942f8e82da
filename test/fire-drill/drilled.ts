/**
 * Where each alarm is drilled: code sends its metrics under a real fault, and the deployed alarm sees them. Each file
 * checks that it drills what stands here, and coverage.test.ts that no alarm is left out.
 */
export const DRILLED: Readonly<Record<string, readonly string[]>> = {
  'test/fire-drill/engine/host.test.ts': [
    'HostMissing',
    'HostReplaced',
    'ArchiveLag',
    'AgentSilent',
    'DataVolumeFull',
    'PoolerWaiting',
  ],
  'test/fire-drill/engine/backup.test.ts': [
    'BackupFailed',
    'BackupTooLong',
    'TaskNotStarted',
    'HashAuditFailed',
  ],
  'test/fire-drill/engine/guard.test.ts': [
    'GuardPaged',
    'GuardUnproven',
    'TagStranger',
    'DeletedByHand',
  ],
  'test/fire-drill/engine/archive.test.ts': [
    'ArchiveGap',
    'AuditFinding',
    'AuditSilent',
    'ObjectCorrupt',
    'HashAuditBehind',
    'WindowShort',
    'CopyGap',
    'CopyFinding',
    'CopyUnaudited',
  ],
  'test/fire-drill/engine/retention.test.ts': ['RetentionMissed', 'CopyRetentionMissed'],
  'test/fire-drill/engine/failing-functions.test.ts': [
    'RetentionFailing',
    'LocksFailing',
    'CopyLocksFailing',
    'StarterFailing',
    'JudgeFailing',
    'ProbeFailing',
    'FollowerFailing',
    'RotationFailing',
    'NotifierFailing',
    'CopyNotifierFailing',
    'AuditFailing',
    'HashStarterFailing',
    'HashJudgeFailing',
    'GuardFailing',
    'ProofFailing',
    'TagJudgeFailing',
    'ProbeDatabaseFailing',
    'DiagnoserFailing',
    'AnswererFailing',
  ],
  'test/health/drills/archiving.int.test.ts': [
    'ArchiverFailing',
    'ArchiverStuck',
    'ReadyWalPiles',
    'WalUnarchived',
    'SettingsUnsafe',
  ],
  'test/health/drills/wal-kept.int.test.ts': ['SlotNearlyLost', 'SlotRetainsMuch', 'WalDirLarge'],
  'test/health/drills/freezing.int.test.ts': [
    'XidsOld',
    'FreezeBehind',
    'XminPinned',
    'PreparedForgotten',
    'MultixactsOld',
  ],
  'test/health/drills/sessions.int.test.ts': [
    'ConnectionsUsed',
    'SessionsBlocked',
    'IdleInTransaction',
    'LongTransaction',
    'DeadlocksFrequent',
    'RollbacksFrequent',
    'TempSpills',
    'CheckpointsForced',
    'SequenceUsed',
  ],
};

/** Alarms that nothing here can drill, and why. */
export const UNDRILLED: Readonly<Record<string, string>> = {};
