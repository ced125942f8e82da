/**
 * Metrics of a cluster's health, which the probes publish. Imports nothing. A check's own row is a property
 * of a log line, never a metric: docs/costs.md says what each metric costs.
 */

/** Tiers of checks, by what is at stake. */
export const TIERS = ['A', 'B', 'C', 'D', 'M'] as const;
/** One of {@link TIERS}: data, outage, degradation, hygiene, the monitor itself. */
export type Tier = (typeof TIERS)[number];

/** Names of the metrics; {@link HEALTH_UNITS} has the unit of each. */
export const HealthMetric = {
  /** Checks of tier A that were run. */
  CHECKS_RUN_A: 'ChecksRunA',
  /** Checks of tier A that could not see. */
  CHECKS_BLIND_A: 'ChecksBlindA',
  /** Checks of tier A that ended with an error or took too long. */
  CHECKS_FAILED_A: 'ChecksFailedA',
  /** Checks of tier B that were run. */
  CHECKS_RUN_B: 'ChecksRunB',
  /** Checks of tier B that could not see. */
  CHECKS_BLIND_B: 'ChecksBlindB',
  /** Checks of tier B that ended with an error or took too long. */
  CHECKS_FAILED_B: 'ChecksFailedB',
  /** Checks of tier C that were run. */
  CHECKS_RUN_C: 'ChecksRunC',
  /** Checks of tier C that could not see. */
  CHECKS_BLIND_C: 'ChecksBlindC',
  /** Checks of tier C that ended with an error or took too long. */
  CHECKS_FAILED_C: 'ChecksFailedC',
  /** Checks of tier D that were run. */
  CHECKS_RUN_D: 'ChecksRunD',
  /** Checks of tier D that could not see. */
  CHECKS_BLIND_D: 'ChecksBlindD',
  /** Checks of tier D that ended with an error or took too long. */
  CHECKS_FAILED_D: 'ChecksFailedD',
  /** Checks of tier M that were run. */
  CHECKS_RUN_M: 'ChecksRunM',
  /** Checks of tier M that could not see. */
  CHECKS_BLIND_M: 'ChecksBlindM',
  /** Checks of tier M that ended with an error or took too long. */
  CHECKS_FAILED_M: 'ChecksFailedM',
  /** 1 for each probe of the database that came to its end, whatever it saw. */
  DATABASE_PROBED: 'DatabaseProbed',
  /** 1 for each probe of what surrounds the database. */
  ESTATE_PROBED: 'EstateProbed',
  /** Checks of tiers A and B that warn. */
  HEALTH_WARNINGS: 'HealthWarnings',
  /** Time that the server spent on one probe. */
  PROBE_SERVER_MS: 'ProbeServerMs',
  /** 1 for each proof that went all the way that pages go. */
  PAGING_PROVEN: 'PagingProven',
  /** 1 while the newest attempt to archive failed, else 0. */
  ARCHIVE_FAILING: 'ArchiveFailing',
  /** How long the oldest segment has been ready that PostgreSQL has not archived; 0 when none is. */
  OLDEST_READY_SEC: 'OldestReadySec',
  /** Segments that are ready and PostgreSQL has not archived. */
  READY_WAL_SEGMENTS: 'ReadyWalSegments',
  /** How long there has been WAL that is not archived; 0 when all is, or nothing was written since. */
  UNARCHIVED_WAL_SEC: 'UnarchivedWalSec',
  /** 1 while the segment that PostgreSQL says was archived last is not in the store, else 0. */
  WAL_MISSING_IN_STORE: 'WalMissingInStore',
  /** Settings of the bucket that are not as they were deployed. */
  VAULT_DRIFT: 'VaultDrift',
  /** Pages with a wrong checksum in databases where the last was seen within a day. */
  CHECKSUM_FAILURES: 'ChecksumFailures',
  /** Settings of the server by which a crash could lose what was committed. */
  UNSAFE_SETTINGS: 'UnsafeSettings',
  /** Of the WAL that slots may keep, what the neediest slot has left; 100 without slots or limit, 0 when one is lost. */
  SLOT_ROOM_PERCENT: 'SlotRoomPercent',
  /** WAL that the neediest replication slot keeps. */
  SLOT_RETAINED_BYTES: 'SlotRetainedBytes',
  /** Transactions since the oldest that is not frozen. */
  XID_AGE: 'XidAge',
  /** Multixact ids in use of all that there are; or, if more, of the second half of members: the first half counts 0. */
  MULTIXACT_PERCENT: 'MultixactPercent',
  /** Age of the oldest table as a share of where autovacuum must freeze it. */
  FREEZE_PERCENT: 'FreezePercent',
  /** Transactions since the oldest that somebody may still have to see. */
  XMIN_HORIZON_AGE: 'XminHorizonAge',
  /** Age of the oldest prepared transaction; 0 without any. */
  PREPARED_TRANSACTION_SEC: 'PreparedTransactionSec',
  /** 1 when the server let the monitoring role in and answered, else 0. */
  DATABASE_UP: 'DatabaseUp',
  /** 1 while the server is not the writer that it should be, else 0. */
  WRONG_ROLE: 'WrongRole',
  /** Size of pg_wal as a share of what the settings have it keep. */
  WAL_DIR_PERCENT: 'WalDirPercent',
  /** WAL written, by the second, since the probe before. */
  WAL_BYTES_PER_SEC: 'WalBytesPerSec',
  /** The same as a share of what is usual at this hour. */
  WAL_RATE_PERCENT: 'WalRatePercent',
  /** Connections in use, of those that clients may have. */
  CONNECTIONS_PERCENT: 'ConnectionsPercent',
  /** Used share of the sequence, or of its column’s type, that is nearest to its end. */
  SEQUENCE_PERCENT: 'SequencePercent',
  /** How long the session waits for a lock that waits longest; 0 when none does. */
  BLOCKED_SEC: 'BlockedSec',
  /** How long the longest idle session keeps a transaction open; 0 when none does. */
  IDLE_IN_TRANSACTION_SEC: 'IdleInTransactionSec',
  /** Age of the oldest transaction of a client; 0 without any. */
  LONG_TRANSACTION_SEC: 'LongTransactionSec',
  /** Commits since the probe before, by the minute. */
  COMMITS_PER_MIN: 'CommitsPerMin',
  /** The same as a share of what is usual at this hour. */
  COMMIT_PERCENT: 'CommitPercent',
  /** Errors of logical subscriptions since the probe before. */
  SUBSCRIPTION_ERRORS: 'SubscriptionErrors',
  /** Memory of the host that programs can still have; sent by the agent. */
  MEMORY_AVAILABLE_PERCENT: 'MemoryAvailablePercent',
  /** Days until the data volume is full, by its trend; 3,650 at most, here and below. */
  DISK_DAYS_LEFT: 'DiskDaysLeft',
  /** Days until the server refuses transactions. */
  XID_DAYS_LEFT: 'XidDaysLeft',
  /** Days until the server refuses multixacts. */
  MULTIXACT_DAYS_LEFT: 'MultixactDaysLeft',
  /** Days until the first sequence is used up. */
  SEQUENCE_DAYS_LEFT: 'SequenceDaysLeft',
  /** Days until clients are refused. */
  CONNECTION_DAYS_LEFT: 'ConnectionDaysLeft',
  /** Days until the first slot is lost. */
  SLOT_DAYS_LEFT: 'SlotDaysLeft',
  /** Days until the certificate that the server shows ends. */
  CERTIFICATE_DAYS_LEFT: 'CertificateDaysLeft',
  /** Days until a secret is due to be rotated; below 0 once it is overdue. */
  SECRET_DAYS_LEFT: 'SecretDaysLeft',
  /** Days until the newest restorable backup leaves the window, were no other made. */
  RETENTION_DAYS_LEFT: 'RetentionDaysLeft',
  /** Deadlocks since the probe before, by the minute. */
  DEADLOCKS_PER_MIN: 'DeadlocksPerMin',
  /** Of the transactions since the probe before, those rolled back; 0 when there were few. */
  ROLLBACK_PERCENT: 'RollbackPercent',
  /** MiB written to temporary files since the probe before, by the minute. */
  TEMP_MIB_PER_MIN: 'TempMiBPerMin',
  /** Of the newest checkpoints, three at least, those that did not come by time; it stands until there are as many others. 0 before. */
  FORCED_CHECKPOINT_PERCENT: 'ForcedCheckpointPercent',
  /** Autovacuum’s workers at work, of all that there may be. */
  AUTOVACUUM_BUSY_PERCENT: 'AutovacuumBusyPercent',
  /** Tables with far more dead rows than autovacuum should let them have. */
  DEAD_TUPLE_TABLES: 'DeadTupleTables',
  /** Indexes that every write keeps up and no query uses, and that nobody builds. */
  INVALID_INDEXES: 'InvalidIndexes',
  /** Tables and indexes most of which is air, by an estimate. */
  BLOATED_TABLES: 'BloatedTables',
  /** Checks that warn of what applications do. */
  WORKLOAD_TROUBLES: 'WorkloadTroubles',
  /** Checks that warn of vacuum and statistics. */
  VACUUM_TROUBLES: 'VacuumTroubles',
  /** Checks that warn of settings, versions and roles. */
  SETTINGS_TROUBLES: 'SettingsTroubles',
  /** How far the server’s clock is from the probe’s, at least. */
  CLOCK_SKEW_SEC: 'ClockSkewSec',
} as const;
/** One of {@link HealthMetric}'s names. */
export type HealthMetricName = (typeof HealthMetric)[keyof typeof HealthMetric];

/** The unit of each metric, as CloudWatch spells it. */
export const HEALTH_UNITS = {
  ChecksRunA: 'Count',
  ChecksBlindA: 'Count',
  ChecksFailedA: 'Count',
  ChecksRunB: 'Count',
  ChecksBlindB: 'Count',
  ChecksFailedB: 'Count',
  ChecksRunC: 'Count',
  ChecksBlindC: 'Count',
  ChecksFailedC: 'Count',
  ChecksRunD: 'Count',
  ChecksBlindD: 'Count',
  ChecksFailedD: 'Count',
  ChecksRunM: 'Count',
  ChecksBlindM: 'Count',
  ChecksFailedM: 'Count',
  DatabaseProbed: 'Count',
  EstateProbed: 'Count',
  HealthWarnings: 'Count',
  ProbeServerMs: 'Milliseconds',
  PagingProven: 'Count',
  ArchiveFailing: 'Count',
  OldestReadySec: 'Seconds',
  ReadyWalSegments: 'Count',
  UnarchivedWalSec: 'Seconds',
  WalMissingInStore: 'Count',
  VaultDrift: 'Count',
  ChecksumFailures: 'Count',
  UnsafeSettings: 'Count',
  SlotRoomPercent: 'Percent',
  SlotRetainedBytes: 'Bytes',
  XidAge: 'Count',
  MultixactPercent: 'Percent',
  FreezePercent: 'Percent',
  XminHorizonAge: 'Count',
  PreparedTransactionSec: 'Seconds',
  DatabaseUp: 'Count',
  WrongRole: 'Count',
  WalDirPercent: 'Percent',
  WalBytesPerSec: 'Bytes',
  WalRatePercent: 'Percent',
  ConnectionsPercent: 'Percent',
  SequencePercent: 'Percent',
  BlockedSec: 'Seconds',
  IdleInTransactionSec: 'Seconds',
  LongTransactionSec: 'Seconds',
  CommitsPerMin: 'Count',
  CommitPercent: 'Percent',
  SubscriptionErrors: 'Count',
  MemoryAvailablePercent: 'Percent',
  DiskDaysLeft: 'Count',
  XidDaysLeft: 'Count',
  MultixactDaysLeft: 'Count',
  SequenceDaysLeft: 'Count',
  ConnectionDaysLeft: 'Count',
  SlotDaysLeft: 'Count',
  CertificateDaysLeft: 'Count',
  SecretDaysLeft: 'Count',
  RetentionDaysLeft: 'Count',
  DeadlocksPerMin: 'Count',
  RollbackPercent: 'Percent',
  TempMiBPerMin: 'Count',
  ForcedCheckpointPercent: 'Percent',
  AutovacuumBusyPercent: 'Percent',
  DeadTupleTables: 'Count',
  InvalidIndexes: 'Count',
  BloatedTables: 'Count',
  WorkloadTroubles: 'Count',
  VacuumTroubles: 'Count',
  SettingsTroubles: 'Count',
  ClockSkewSec: 'Seconds',
} as const satisfies Readonly<Record<HealthMetricName, string>>;

/** What PostgreSQL's own log is searched for, in a namespace of the cluster's: a filter knows no other names. */
export const LogMetric = {
  /** Errors of corrupt data, by their SQLSTATE. */
  CORRUPTION_ERRORS: 'CorruptionErrors',
  /** Processes of the server that a signal ended, as the kernel does when memory is short. */
  BACKENDS_KILLED: 'BackendsKilled',
  /** Automatic vacuums that gave way to somebody else's lock. */
  AUTOVACUUMS_CANCELLED: 'AutovacuumsCancelled',
} as const;
/** One of {@link LogMetric}'s names. */
export type LogMetricName = (typeof LogMetric)[keyof typeof LogMetric];

/** Namespace of a cluster's {@link LogMetric}s. */
export function logMetricNamespace(environment: string, cluster: string): string {
  return `Holdfast/${environment}/${cluster}`;
}
