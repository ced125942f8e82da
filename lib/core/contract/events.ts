/** Names of log events: dotted, past tense. Alarms and Logs Insights queries key on them. */
export const Event = {
  AGENT_STARTED: 'agent.started',
  AGENT_STOPPED: 'agent.stopped',
  AGENT_FAILED: 'agent.failed',
  SEGMENT_ARCHIVED: 'wal.segment.archived',
  SEGMENT_REFUSED: 'wal.segment.refused',
  SEGMENT_RETRIED: 'wal.segment.retried',
  SEGMENT_KEPT: 'wal.segment.kept',
  SEGMENT_NOT_INDEXED: 'wal.segment.not_indexed',
  GAP_ACKNOWLEDGED: 'wal.gap.acknowledged',
  GAP_ANCHORED: 'wal.gap.anchored',
  EPOCH_TAKEN: 'wal.epoch.taken',
  SPOOL_EMPTIED: 'wal.spool.emptied',
  BACKUP_STARTED: 'backup.started',
  BACKUP_PART_STORED: 'backup.part.stored',
  BACKUP_COMPLETED: 'backup.completed',
  BACKUP_FAILED: 'backup.failed',
  BACKUP_CHECKSUM_FAILED: 'backup.checksum.failed',
  BACKUP_FILE_SKIPPED: 'backup.file.skipped',
  RESTORE_PART_EXTRACTED: 'restore.part.extracted',
  RESTORE_WAL_SERVED: 'restore.wal.served',
  RESTORE_WAL_REFUSED: 'restore.wal.refused',
  RESTORE_COMPLETED: 'restore.completed',
  RESTORE_WAL_RESCUED: 'restore.wal.rescued',
  RESTORE_STEP_DONE: 'restore.step.done',
} as const;
/** One of {@link Event}'s names. */
export type EventName = (typeof Event)[keyof typeof Event];
