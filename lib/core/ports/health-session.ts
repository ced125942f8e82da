import type { CallOptions } from './object-store.ts';

/** Why a query gave no rows. */
export interface Refusal {
  /**
   * `right`: the role may not. `absent`: no such relation, column or function here. `slow`: it took longer than it
   * may, or waited for a lock. `error`: anything else that the server said.
   */
  readonly refused: 'right' | 'absent' | 'slow' | 'error';
  /** The server's own words. */
  readonly why: string;
}

/** What a query came to. */
export type Answer = { readonly rows: readonly Readonly<Record<string, unknown>>[] } | Refusal;

/** A session that only reads, whose every query ends by itself: it cannot hang, write, or wait for locks. */
export interface HealthSession extends AsyncDisposable {
  /**
   * Runs one statement in a transaction of its own that may not write.
   *
   * @param timeoutMs - after which the server ends it.
   * @throws {@link OpsError} `PG-CONNECT`, `PG-TIMEOUT` when the connection is gone or silent.
   */
  query(statement: string, timeoutMs: number, options?: CallOptions): Promise<Answer>;
}

/** Opens sessions, one at a time. */
export interface HealthSessions {
  /**
   * @param database - the one to be in; the connection's own by default.
   * @throws {@link OpsError} `PG-CONNECT`, `PG-TIMEOUT`.
   */
  open(database?: string, options?: CallOptions): Promise<HealthSession>;
}
