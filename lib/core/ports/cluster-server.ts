import type { Lsn } from '../wal/lsn.ts';
import type { CallOptions } from './object-store.ts';

/** Settings that Holdfast reads from a server; all as `pg_settings.setting` gives them. */
export const OBSERVED_SETTINGS = [
  'archive_command',
  'archive_library',
  'archive_mode',
  'archive_timeout',
  'data_checksums',
  'full_page_writes',
  'fsync',
  'max_connections',
  'max_locks_per_transaction',
  'max_prepared_transactions',
  'max_wal_senders',
  'max_worker_processes',
  'shared_preload_libraries',
  'synchronous_standby_names',
  'wal_level',
  'wal_log_hints',
  'wal_segment_size',
] as const;
/** One of {@link OBSERVED_SETTINGS}. */
export type ObservedSetting = (typeof OBSERVED_SETTINGS)[number];

/** A tablespace besides pg_default and pg_global. */
export interface Tablespace {
  readonly oid: string;
  readonly name: string;
  readonly location: string;
}

/** How one database collates. */
export interface DatabaseCollation {
  readonly database: string;
  readonly collate: string;
  readonly ctype: string;
  /** `c` libc, `i` ICU, `b` builtin. */
  readonly provider: string;
  /** Version recorded in the catalogue; `null` when the provider gives none. */
  readonly version: string | null;
}

/** What a running server says of itself. */
export interface ServerDescription {
  /** Decimal. */
  readonly systemIdentifier: string;
  readonly major: number;
  /** As `SHOW server_version` gives it. */
  readonly serverVersion: string;
  readonly timeline: number;
  /** `wal_segment_size` in bytes. */
  readonly segmentBytes: number;
  /** Absolute path on the server's machine. */
  readonly dataDirectory: string;
  readonly inRecovery: boolean;
  readonly settings: Readonly<Partial<Record<ObservedSetting, string>>>;
  /** Names of settings changed on disk that wait for a restart. */
  readonly pendingRestart: readonly string[];
  readonly tablespaces: readonly Tablespace[];
  readonly collations: readonly DatabaseCollation[];
}

/** `pg_stat_archiver`. */
export interface ArchiverState {
  readonly archivedCount: number;
  readonly lastArchivedFile: string | undefined;
  readonly lastArchivedAt: Date | undefined;
  readonly failedCount: number;
  readonly lastFailedFile: string | undefined;
  readonly lastFailedAt: Date | undefined;
}

/** `pg_stat_progress_basebackup` of the one backup that runs under a given application name. */
export interface BaseBackupProgress {
  readonly phase: string;
  readonly streamedBytes: number;
  /** Unknown until the server has estimated it. */
  readonly totalBytes: number | undefined;
}

/** How {@link ClusterServer.switchWal} ends a segment. */
export interface SwitchOptions extends CallOptions {
  /** Found again in the plain bytes of the WAL, cut where a page ends. @default - empty */
  readonly note?: string | undefined;
}

/**
 * A running PostgreSQL server, read over SQL by one short-lived connection per call or a small pool.
 *
 * Every method throws `PG-CONNECT` when the server cannot be reached or refuses the login, and
 * `PG-TIMEOUT` past its deadline (10 s unless the signal ends it sooner).
 */
export interface ClusterServer extends AsyncDisposable {
  describe(options?: CallOptions): Promise<ServerDescription>;
  /** The server's clock. */
  now(options?: CallOptions): Promise<Date>;
  /** Insert position; on a standby the replay position. */
  currentLsn(options?: CallOptions): Promise<Lsn>;
  /**
   * Ends the current segment, so that it is archived, also on an idle server: a record that only
   * carries the note is written right before.
   *
   * @returns where the segment ended. The note lies before that end, as a rule in the same segment.
   */
  switchWal(options?: SwitchOptions): Promise<Lsn>;
  archiver(options?: CallOptions): Promise<ArchiverState>;
  baseBackupProgress(
    applicationName: string,
    options?: CallOptions,
  ): Promise<BaseBackupProgress | undefined>;
}

/** What a role may do. */
export interface RoleRights {
  readonly replication: boolean;
  readonly memberOf: readonly string[];
  /** Functions of PostgreSQL's own that are not everybody's, with their argument types. */
  readonly mayCall: readonly string[];
  /** Settings that its sessions begin with, also those that only a superuser may give. @default {} */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Changes `init` makes to a server; each is idempotent. Needs a superuser. */
export interface ClusterSetup extends AsyncDisposable {
  /** `ALTER SYSTEM SET` for each pair, then a reload. */
  alterSystem(settings: Readonly<Record<string, string>>, options?: CallOptions): Promise<void>;
  /** Creates a login role without a password, if absent, and grants it its rights. */
  ensureRole(
    name: string,
    rights: RoleRights,
    options?: CallOptions,
  ): Promise<'created' | 'present'>;
  /**
   * Creates a function by which `role` may change its own password, where PostgreSQL lets no role do so
   * that may replicate: until 15.
   */
  ensurePasswordFunction(role: string, options?: CallOptions): Promise<'created' | 'present'>;
  hasPasswordFunction(options?: CallOptions): Promise<boolean>;
  /**
   * Creates what a check may see through but `role` may not look at itself: functions in the schema
   * `holdfast` of every database that takes connections, template1 with them, so that new ones have them
   * from the start. Only `role` may call them.
   *
   * @returns the databases where some were absent or older.
   */
  ensureHealthFunctions(role: string, options?: CallOptions): Promise<readonly string[]>;
  /** The databases where {@link ClusterSetup.ensureHealthFunctions} has something to do. */
  lackingHealthFunctions(role: string, options?: CallOptions): Promise<readonly string[]>;
  /**
   * Creates the extension pg_stat_statements in the connection's database, if the server has loaded its
   * library and has its files. A server that has not loaded it stays as it is.
   *
   * @returns `present` also where there was nothing to do for want of the library.
   */
  ensureStatementStatistics(options?: CallOptions): Promise<'created' | 'present'>;
  /** Whether {@link ClusterSetup.ensureStatementStatistics} has something to do. */
  lacksStatementStatistics(options?: CallOptions): Promise<boolean>;
  /** Creates the schema `holdfast` and its heartbeat table of one row, if absent. */
  ensureHeartbeat(options?: CallOptions): Promise<'created' | 'present'>;
  /** Whether the role or the heartbeat table is there: for `--check`. */
  hasRole(name: string, options?: CallOptions): Promise<boolean>;
  hasHeartbeat(options?: CallOptions): Promise<boolean>;
  /** Writes now() into the heartbeat row. */
  beat(options?: CallOptions): Promise<void>;
}
