import type { CallOptions } from './object-store.ts';

/** A database, and how it collates where its server was and where it is now. */
export interface CatalogedDatabase {
  readonly name: string;
  /** Whether `ALLOW_CONNECTIONS` lets anybody in. */
  readonly connectable: boolean;
  /** `LC_COLLATE`, or the locale of another provider. */
  readonly locale: string;
  /** Version of the collation that its indexes were built with; `undefined` when none was recorded. */
  readonly recordedVersion: string | undefined;
  /** Version of the same collation on this machine. */
  readonly actualVersion: string | undefined;
}

/** What a database holds that an operator should hear of after a recovery. */
export interface DatabaseContents {
  /** Collations in use whose version on this machine is another one; not the database's own. */
  readonly changedCollations: readonly string[];
  /** Names of unlogged tables, at most 10. */
  readonly unloggedTables: readonly string[];
  readonly unloggedCount: number;
}

/**
 * A stopped server whose catalogues are read by one process of its own, that nobody can connect to and
 * that ends with each call.
 *
 * Every method throws `PG-FAILED` with the server's own words, such as that the database's locale is not on
 * this machine, and `PG-TIMEOUT` past `timeoutMs`.
 */
export interface StoppedServer {
  /** All databases as seen from `database`, by name; the first 1,000. */
  databases(database: string, options: StoppedCall): Promise<readonly CatalogedDatabase[]>;
  contents(database: string, options: StoppedCall): Promise<DatabaseContents>;
}

/** How long one call may take. */
export interface StoppedCall extends CallOptions {
  readonly timeoutMs: number;
}
