import type { CallOptions } from './object-store.ts';

/**
 * The directory through which the agent and the archive script talk: 0700, owned by PostgreSQL's
 * account, outside the data directory, one per system identifier.
 */
export interface Spool {
  readonly path: string;

  /**
   * Proves that the spool is safe to use and belongs to this server.
   *
   * @throws {@link OpsError} `WAL-SPOOL` when it is absent, a link, open to others, inside the data
   *   directory, or another server's.
   */
  verify(systemIdentifier: string, options?: CallOptions): Promise<void>;

  /**
   * Takes a lock that the kernel frees when this process dies.
   *
   * @throws {@link OpsError} `WAL-SPOOL` while another process holds it.
   */
  lock(role: 'agent' | 'one-shot', options?: CallOptions): Promise<AsyncDisposable>;

  /** Says which postmaster the acknowledgements are for, and empties them when it is a new one. */
  adopt(postmaster: string, options?: CallOptions): Promise<'emptied' | 'same'>;

  /** Names that are acknowledged and not collected yet. */
  acknowledged(options?: CallOptions): Promise<ReadonlySet<string>>;

  /** Tells the archive script that `name` is durable in the store. */
  acknowledge(name: string, options?: CallOptions): Promise<void>;

  /** Takes an acknowledgement back. */
  withdraw(name: string, options?: CallOptions): Promise<void>;

  /** Says that the agent lives. */
  beat(now: Date, options?: CallOptions): Promise<void>;
}
