import type { CallOptions } from './object-store.ts';

/** One pool: who shares the connections of one user to one database. */
export interface Pool {
  readonly database: string;
  readonly user: string;
  /** Clients that have a connection, or ask for none. */
  readonly clientsActive: number;
  /** Clients that have asked for a connection and got none yet. */
  readonly clientsWaiting: number;
  /** Connections of the server that a client has. */
  readonly serversActive: number;
  /** How long the client has waited that waits longest; 0 when none does. */
  readonly maxWaitSec: number;
}

/** The console of a pooler, as far as it may be read. */
export interface PoolerConsole {
  /**
   * All pools, that of the console itself too.
   *
   * @throws {@link OpsError} `PG-CONNECT` or `PG-TIMEOUT` when the pooler cannot be asked.
   * @see https://www.pgbouncer.org/usage.html#show-pools
   */
  pools(options?: CallOptions): Promise<readonly Pool[]>;
}
