import { HEALTH_UNITS, HealthMetric } from './health-metrics.ts';

/**
 * Every metric that Holdfast publishes. Shared by what emits and what alarms, so that neither can
 * drift; imports nothing but the rest of the contract.
 */

/** Namespace of every metric in CloudWatch. */
export const METRIC_NAMESPACE = 'Holdfast';

/** Names of the dimensions: each metric has all three, and no other. */
export const Dimension = {
  /** Always {@link SERVICE}: the library that writes the metrics adds it by itself. */
  SERVICE: 'service',
  ENVIRONMENT: 'Environment',
  CLUSTER: 'Cluster',
} as const;

/** Value of {@link Dimension.SERVICE}. */
export const SERVICE = 'holdfast';

/** Names of the metrics; {@link METRIC_UNITS} has the unit of each. */
export const Metric = {
  /** Base backup tasks that ended as they should, their record in the store. */
  BACKUP_SUCCEEDED: 'BackupSucceeded',
  /** Base backup tasks that ended otherwise and are not tried again. */
  BACKUP_FAILED: 'BackupFailed',
  /** Base backup tasks that ended otherwise and are tried again. */
  BACKUP_RETRIED: 'BackupRetried',
  /** Tasks that ECS took and never started. */
  TASK_NOT_STARTED: 'TaskNotStarted',
  /** From the task's start to its end. */
  BACKUP_DURATION_SEC: 'BackupDurationSec',
  /** Plain bytes of a backup. */
  BACKUP_BYTES: 'BackupBytes',
  /** Plain bytes of a backup, as a share of those of the one before. */
  BACKUP_SIZE_PERCENT: 'BackupSizePercent',
  /** Running time of a base backup that has not ended; sent every minute by its task. */
  BACKUP_ELAPSED_SEC: 'BackupElapsedSec',
  /** Plain bytes that a running base backup has copied; sent every minute by its task. */
  BACKUP_COPIED_BYTES: 'BackupCopiedBytes',
  /** Age of the newest restorable backup. */
  LAST_BACKUP_AGE_SEC: 'LastBackupAgeSec',
  /** 1 while the cluster's key can encrypt and decrypt and is to stay, else 0. */
  KEY_USABLE: 'KeyUsable',
  /** 1 a minute from the agent, for as long as it works. */
  AGENT_ALIVE: 'AgentAlive',
  /** How long the oldest segment that is ready has been waiting for the store; 0 when none waits. */
  ARCHIVE_LAG_SEC: 'ArchiveLagSec',
  /** Segments that are ready and not stored. */
  READY_SEGMENTS: 'ReadySegments',
  /** Room left on the volume of the data directory. */
  DATA_VOLUME_FREE_PERCENT: 'DataVolumeFreePercent',
  /** 1 when the DNS record had to follow another host. */
  HOST_REPLACED: 'HostReplaced',
  /** Instances in service: 1 as it should be. */
  HOSTS_IN_SERVICE: 'HostsInService',
  /** Clients of the pooler that have a connection, or ask for none. */
  POOLER_CLIENTS_ACTIVE: 'PoolerClientsActive',
  /** Clients of the pooler that have asked for a connection and got none yet. */
  POOLER_CLIENTS_WAITING: 'PoolerClientsWaiting',
  /** Connections of the server that clients of the pooler have. */
  POOLER_SERVERS_ACTIVE: 'PoolerServersActive',
  /** How long the client of the pooler has waited that waits longest; 0 when none does. */
  POOLER_MAX_WAIT_SEC: 'PoolerMaxWaitSec',
  /** 1 for each run of retention that ended as it should. */
  RETENTION_APPLIED: 'RetentionApplied',
  /** Objects that a run of retention let go. */
  RETENTION_TAGGED_OBJECTS: 'RetentionTaggedObjects',
  /** Stored bytes of the objects that a run of retention let go. */
  RETENTION_TAGGED_BYTES: 'RetentionTaggedBytes',
  /** Warnings of the day's retention plan; one more when not all of it could be done. */
  RETENTION_WARNINGS: 'RetentionWarnings',
  /** Objects whose lock a run lengthened. */
  LOCKS_EXTENDED: 'LocksExtended',
  /** Changes of what guards the archive that somebody has to look at now. */
  GUARD_PAGED: 'GuardPaged',
  /** Harmless changes that the guard made itself and heard of. */
  GUARD_PROVEN: 'GuardProven',
  /** Objects that are tagged due although no two plans let them go. */
  TAG_STRANGERS: 'TagStrangers',
  /** Objects that somebody deleted, and no lifecycle rule. */
  DELETED_BY_HAND: 'DeletedByHand',
  /** 1 for each audit of the archive that saw all it had to see. */
  AUDIT_COMPLETED: 'AuditCompleted',
  /** What somebody has to look at in the archive. */
  AUDIT_FINDINGS: 'AuditFindings',
  /** Holes in the archive that nobody has acknowledged. */
  ARCHIVE_GAPS: 'ArchiveGaps',
  /** Age of the newest commit that the store alone could bring back; on an idle server it grows. */
  RECOVERABLE_POINT_AGE_SEC: 'RecoverablePointAgeSec',
  /** Every moment of so many days back can be recovered. */
  RECOVERY_WINDOW_DAYS: 'RecoveryWindowDays',
  /** So many days less than the policy wants, and than there once were. */
  RECOVERY_WINDOW_SHORT_DAYS: 'RecoveryWindowShortDays',
  RESTORABLE_BACKUPS: 'RestorableBackups',
  /** Segments, their indexes, and pieces of those to come. */
  STORED_WAL_BYTES: 'StoredWalBytes',
  STORED_BACKUP_BYTES: 'StoredBackupBytes',
  STORED_OTHER_BYTES: 'StoredOtherBytes',
  /** By the last week; below 0 when the archive shrinks. */
  STORED_GROWTH_BYTES_PER_DAY: 'StoredGrowthBytesPerDay',
  /** Objects whose bytes are not what was stored. */
  CORRUPT_OBJECTS: 'CorruptObjects',
  /** Within so many days every byte of the archive was read, or had come. */
  HASH_AGE_DAYS: 'HashAgeDays',
  /** Stored bytes that the newest audit of hashes read. */
  HASH_AUDITED_BYTES: 'HashAuditedBytes',
  /** Running time of an audit of hashes; sent every minute by its task. */
  HASH_AUDIT_ELAPSED_SEC: 'HashAuditElapsedSec',
  /** Tasks of audits of hashes that ended otherwise than they should, and are not tried again. */
  HASH_AUDIT_FAILED: 'HashAuditFailed',
  ...HealthMetric,
} as const;
/** One of {@link Metric}'s names. */
export type MetricName = (typeof Metric)[keyof typeof Metric];

/** A unit as CloudWatch spells it. */
export type Unit = 'Count' | 'Seconds' | 'Milliseconds' | 'Bytes' | 'Percent';

/** The unit of each metric. */
export const METRIC_UNITS: Readonly<Record<MetricName, Unit>> = {
  BackupSucceeded: 'Count',
  BackupFailed: 'Count',
  BackupRetried: 'Count',
  TaskNotStarted: 'Count',
  BackupDurationSec: 'Seconds',
  BackupBytes: 'Bytes',
  BackupSizePercent: 'Percent',
  BackupElapsedSec: 'Seconds',
  BackupCopiedBytes: 'Bytes',
  LastBackupAgeSec: 'Seconds',
  KeyUsable: 'Count',
  AgentAlive: 'Count',
  ArchiveLagSec: 'Seconds',
  ReadySegments: 'Count',
  DataVolumeFreePercent: 'Percent',
  HostReplaced: 'Count',
  HostsInService: 'Count',
  PoolerClientsActive: 'Count',
  PoolerClientsWaiting: 'Count',
  PoolerServersActive: 'Count',
  PoolerMaxWaitSec: 'Seconds',
  RetentionApplied: 'Count',
  RetentionTaggedObjects: 'Count',
  RetentionTaggedBytes: 'Bytes',
  RetentionWarnings: 'Count',
  LocksExtended: 'Count',
  GuardPaged: 'Count',
  GuardProven: 'Count',
  TagStrangers: 'Count',
  DeletedByHand: 'Count',
  AuditCompleted: 'Count',
  AuditFindings: 'Count',
  ArchiveGaps: 'Count',
  RecoverablePointAgeSec: 'Seconds',
  RecoveryWindowDays: 'Count',
  RecoveryWindowShortDays: 'Count',
  RestorableBackups: 'Count',
  StoredWalBytes: 'Bytes',
  StoredBackupBytes: 'Bytes',
  StoredOtherBytes: 'Bytes',
  StoredGrowthBytesPerDay: 'Bytes',
  CorruptObjects: 'Count',
  HashAgeDays: 'Count',
  HashAuditedBytes: 'Bytes',
  HashAuditElapsedSec: 'Seconds',
  HashAuditFailed: 'Count',
  ...HEALTH_UNITS,
};
