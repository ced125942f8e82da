import type { DataDirectory } from './data-directory.ts';
import type { CallOptions } from './object-store.ts';
import type { PostgresInstance } from './postgres-instance.ts';
import type { RecoverySpool } from './recovery-spool.ts';
import type { TablespacePlace, TablespaceSite } from './tablespace-site.ts';

/** Options of {@link RecoverySite.verifyBackup}. */
export interface VerifyOptions extends CallOptions {
  /** Tablespaces outside the data directory; their marks are no part of the backup. */
  readonly places: readonly TablespacePlace[];
}

/** The machine on which a recovery takes place. */
export interface RecoverySite extends TablespaceSite {
  /**
   * Looks whether a recovery can go to a data directory; changes nothing.
   *
   * @throws {@link OpsError} `RESTORE-NOT-EMPTY`, `RESTORE-IN-USE`, `RESTORE-OWNER`.
   */
  inspect(dataDirectory: string): Promise<void>;
  /**
   * Claims a data directory, made if absent; what an interrupted recovery left there is removed.
   *
   * @throws {@link OpsError} before anything is changed: `RESTORE-NOT-EMPTY`, `RESTORE-IN-USE`,
   *   `RESTORE-OWNER`.
   */
  claim(dataDirectory: string): Promise<DataDirectory>;
  /** Makes the spool of a claimed directory. */
  openSpool(directory: DataDirectory): Promise<RecoverySpool>;
  /**
   * Compares every file with the backup's manifest.
   *
   * @throws {@link OpsError} `PG-FAILED`, with what differs.
   */
  verifyBackup(
    postgres: PostgresInstance,
    directory: DataDirectory,
    options: VerifyOptions,
  ): Promise<void>;
}
