/** The process that looks. */
export interface RuntimeFacts {
  /** Such as `24.21.0`. */
  readonly nodeVersion: string;
  /** Effective user id; `undefined` where the system has none. */
  readonly uid: number | undefined;
  /** Value of PGPASSFILE, which Holdfast does not read; `undefined` when it is not set. */
  readonly passwordFile: string | undefined;
}

/** A directory with programs of PostgreSQL. */
export interface ProgramFacts {
  readonly directory: string;
  /** `undefined` when its `postgres` is absent or does not tell its version. */
  readonly major: number | undefined;
  readonly missing: readonly string[];
  /** Named by PGBIN. */
  readonly explicit: boolean;
  /** Whether accounts besides its owner may change it. */
  readonly isOpen: boolean;
}

/** The data directory on this machine. */
export interface DirectoryFacts {
  readonly path: string;
  readonly uid: number;
  /** Name of the owning account, else its number. */
  readonly owner: string;
  /** Permission bits. */
  readonly mode: number;
  /** Files and folders that a server in service never leaves there. */
  readonly leftOvers: readonly string[];
  /** Where `pg_wal` leads, when it is a link. */
  readonly walLink: string | undefined;
}

/** The spool on this machine. */
export interface SpoolFacts {
  readonly path: string;
  /** Whether it is a directory itself, not a link to one. */
  readonly isDirectory: boolean;
  readonly uid: number;
  readonly mode: number;
  readonly isInDataDirectory: boolean;
  /** System identifier of the server it was made for. */
  readonly identity: string | undefined;
  /** The archive it was made for, as `cluster <id> in <store>`. */
  readonly archive: string | undefined;
  /** The archive that the operator named, likewise. */
  readonly wantedArchive: string | undefined;
  /** Whether its archive script is the one of this version. */
  readonly isScriptCurrent: boolean;
  /** Last heartbeat of whoever ships. */
  readonly beatAt: Date | undefined;
  /** Whether somebody holds the agent's lock; `undefined` where the system does not tell. */
  readonly isLocked: boolean | undefined;
}

/** Space on the file system of a path. */
export interface Room {
  readonly path: string;
  /** Bytes that an ordinary account may still write. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}
