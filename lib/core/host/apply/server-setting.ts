/** A row of `pg_settings`. */
export interface ServerSetting {
  readonly name: string;
  /** What it is without a session's own word, in units of {@link unit}: `reset_val`. */
  readonly value: string;
  /** `kB`, `8kB`, `ms` and so on; absent for a number of anything else and for what is no number. */
  readonly unit?: string | undefined;
  readonly type: 'bool' | 'enum' | 'integer' | 'real' | 'string';
  /** When a change counts: `postmaster` needs a restart, `internal` can never be changed. */
  readonly context: string;
  /** Where the value in force comes from, such as `configuration file` or `command line`. */
  readonly source: string;
  /** What it is when nobody sets it, in units of {@link unit}. */
  readonly bootValue: string;
  /** Whether a file holds another value, which counts after a restart only. */
  readonly pendingRestart: boolean;
  /** Of an enum. */
  readonly values: readonly string[];
}

/** An entry of a configuration file that is in effect, or would be: the last of its name. */
export interface FileSetting {
  readonly name: string;
  /** As it is written, without its quotes. */
  readonly value: string;
}

/** What a running server says of its configuration. */
export interface RunningSettings {
  /** As `SHOW server_version` gives it. */
  readonly version: string;
  readonly settings: readonly ServerSetting[];
  /** What `ALTER SYSTEM` has written, as it is on disk. */
  readonly altered: readonly FileSetting[];
  /** What stands in the other files, as they are on disk. */
  readonly written: readonly FileSetting[];
}
