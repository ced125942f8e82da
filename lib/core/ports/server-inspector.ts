import type { CallOptions } from './object-store.ts';

/** Who is logged in, and over what. */
export interface SessionFacts {
  readonly user: string;
  readonly isSuperuser: boolean;
  /** Whether it may use what pg_monitor may. */
  readonly isMonitor: boolean;
  readonly mayReplicate: boolean;
  /** Whether it may end a segment, which a base backup does besides replicating. */
  readonly maySwitchWal: boolean;
  readonly isEncrypted: boolean;
  /** A unix socket, or an address of the machine itself. */
  readonly isLocal: boolean;
}

/** Values of all settings this session may see, as `pg_settings.setting` gives them. */
export type ServerSettings = ReadonlyMap<string, string>;

/** A line of a configuration file that the server cannot use. */
export interface ConfigurationError {
  readonly file: string;
  readonly line: number;
  readonly error: string;
}

/** A replication slot that outlives its session. */
export interface SlotFacts {
  readonly name: string;
  readonly kind: 'physical' | 'logical';
  readonly isActive: boolean;
  /** `reserved`, `extended`, `unreserved` or `lost`; `undefined` before it has kept any WAL. */
  readonly walStatus: string | undefined;
  /** Bytes of WAL it keeps; 0 when it keeps none. */
  readonly retainedBytes: number;
}

/** Connections for backups and standbys. */
export interface SenderFacts {
  readonly max: number;
  readonly used: number;
}

/** Transactions prepared for two-phase commit. */
export interface PreparedTransactions {
  readonly count: number;
  /** 0 when there are none. */
  readonly oldestSec: number;
}

/** One database. */
export interface DatabaseFacts {
  readonly name: string;
  /** Collation version it was made with; `undefined` when its provider has none. */
  readonly recordedVersion: string | undefined;
  /** Collation version of the libraries there now. */
  readonly actualVersion: string | undefined;
  /** Pages found damaged since the statistics were reset. */
  readonly checksumFailures: number;
}

/** Tables whose content no recovery brings back. */
export interface UnloggedTables {
  readonly count: number;
  /** Databases that have some. */
  readonly databases: readonly string[];
}

/** A role that `init` makes. */
export interface RoleFacts {
  readonly name: string;
  readonly mayLogin: boolean;
  readonly mayReplicate: boolean;
  readonly maySwitchWal: boolean;
  readonly isMonitor: boolean;
}

/** Files that wait for the archiver. */
export interface ArchiveQueue {
  readonly ready: number;
  /** How long the oldest has waited; 0 when none waits. */
  readonly oldestSec: number;
}

/**
 * What a diagnosis reads from a running server: each question is a session of its own, so that one
 * the role may not ask hides no other. Changes nothing.
 *
 * Every method throws as those of {@link ClusterServer}.
 */
export interface ServerInspector extends AsyncDisposable {
  session(options?: CallOptions): Promise<SessionFacts>;
  settings(options?: CallOptions): Promise<ServerSettings>;
  /** Of the settings, of pg_hba.conf and pg_ident.conf. Needs a superuser. */
  configurationErrors(options?: CallOptions): Promise<readonly ConfigurationError[]>;
  slots(options?: CallOptions): Promise<readonly SlotFacts[]>;
  senders(options?: CallOptions): Promise<SenderFacts>;
  prepared(options?: CallOptions): Promise<PreparedTransactions>;
  databases(options?: CallOptions): Promise<readonly DatabaseFacts[]>;
  /** Logs in to each database that takes connections. */
  unloggedTables(options?: CallOptions): Promise<UnloggedTables>;
  /** Those of `names` that exist. */
  roles(names: readonly string[], options?: CallOptions): Promise<readonly RoleFacts[]>;
  /** Needs pg_monitor. */
  archiveQueue(options?: CallOptions): Promise<ArchiveQueue>;
}
