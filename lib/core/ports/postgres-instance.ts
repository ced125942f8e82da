import type { Lsn } from '../wal/lsn.ts';
import type { CallOptions } from './object-store.ts';
import type { StoppedServer } from './stopped-server.ts';

/** `pg_controldata`, the lines that Holdfast needs. */
export interface ControlData {
  /** Decimal. */
  readonly systemIdentifier: string;
  readonly major: number;
  /** Such as `in production`, `shut down`, `in archive recovery`. */
  readonly state: string;
  /** Timeline of the latest checkpoint. */
  readonly timeline: number;
  readonly checkpointLsn: Lsn;
  /** Where crash recovery would begin: WAL from here on is never removed from `pg_wal`. */
  readonly redoLsn: Lsn;
  readonly minRecoveryEndLsn: Lsn;
  /** `wal_segment_size` in bytes. */
  readonly segmentBytes: number;
  /** Whether pages carry checksums. */
  readonly checksums: boolean;
  /** Limits the WAL demands of whoever replays it, by setting name. */
  readonly limits: Readonly<Record<string, string>>;
}

/** How a server that Holdfast started has ended. */
export interface ServerExit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

/** What to start, and how. */
export interface StartOptions extends CallOptions {
  readonly dataDirectory: string;
  /** Settings given on the command line, above every file; no secrets. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whole file to read in place of `postgresql.conf`; PostgreSQL still reads postgresql.auto.conf. */
  readonly configFile?: string;
  /** Server log; appended to. */
  readonly logFile: string;
}

/** A server that Holdfast started itself. Never runs as root. */
export interface RunningServer {
  readonly pid: number;
  /** Settles when the server has ended, however it did. Never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Last `bytes` of what it logged, default 8 KiB. */
  logTail(bytes?: number): Promise<string>;
  /**
   * Ends it: `fast` (SIGINT), or `immediate` (SIGQUIT) — by SIGKILL of the process past the deadline.
   *
   * @throws {@link OpsError} `PG-TIMEOUT` when it had to be killed.
   */
  stop(mode: 'fast' | 'immediate', timeoutMs?: number): Promise<void>;
  /**
   * Ends it as a crash would, by SIGKILL; resolves once all processes it had started are gone too,
   * so that it can be started again at once.
   *
   * @throws {@link OpsError} `PG-TIMEOUT` when some of them still run after 30 s.
   */
  kill(): Promise<void>;
}

/** PostgreSQL's programs on this machine, of one major version. */
export interface PostgresInstance {
  readonly major: number;
  readonly binDirectory: string;
  /** @throws {@link OpsError} `PG-DATA-DIR` when `dataDirectory` holds no readable cluster. */
  controlData(dataDirectory: string, options?: CallOptions): Promise<ControlData>;
  /**
   * Starts a server; resolves once the process runs, not when it answers. When Holdfast runs as
   * root, the server runs as the owner of the data directory.
   *
   * @throws {@link OpsError} `PG-DATA-DIR` when there is no such directory, or root owns it;
   *   `PG-FAILED` when the program cannot be started.
   */
  start(options: StartOptions): Promise<RunningServer>;
  /**
   * Value of a setting as a start on `dataDirectory` with its own configuration would take it; a path
   * that is there comes without symbolic links. One
   * that is computed, such as `shared_memory_size`, is known only after a start has loaded its
   * libraries and certificates, so asking for it tells whether those are here.
   *
   * @throws {@link OpsError} `PG-FAILED` with the server's own words when it would not start.
   */
  configured(dataDirectory: string, setting: string, options?: CallOptions): Promise<string>;
  /** A stopped server to be read with these settings. */
  openStopped(options: Omit<StartOptions, 'logFile' | 'signal'>): StoppedServer;
}
