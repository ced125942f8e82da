import type { CallOptions } from './object-store.ts';

/** Where a server archives to. */
export interface ArchivePlace {
  readonly cluster: string;
  readonly storeUrl: string;
}

/**
 * The directory through which the agent and the archive script talk: 0700, owned by PostgreSQL's
 * account, outside the data directory, one per system identifier.
 *
 * Acknowledgements are kept apart by `life`, the name that {@link WalDirectory.postmaster} gives one
 * life of the postmaster: what was read in one life can never vouch for the bytes of the next.
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
   * Proves that the spool was made for this archive: an acknowledgement from another would be a lie.
   *
   * @throws {@link OpsError} `WAL-SPOOL`.
   */
  verifyArchive(archive: ArchivePlace, options?: CallOptions): Promise<void>;

  /**
   * Takes a lock that the kernel frees when this process dies.
   *
   * @throws {@link OpsError} `WAL-SPOOL` while another process holds it, or when there is no spool.
   */
  lock(role: 'agent' | 'one-shot', options?: CallOptions): Promise<AsyncDisposable>;

  /**
   * Removes what was acknowledged in other lives.
   *
   * @returns whether there was anything to remove.
   */
  adopt(life: string, options?: CallOptions): Promise<'emptied' | 'same'>;

  /** Names that are acknowledged in `life` and not collected yet. What was collected is cleared away. */
  acknowledged(life: string, options?: CallOptions): Promise<ReadonlySet<string>>;

  /**
   * Tells the archive script of `life` that `name` is durable in the store.
   *
   * @throws {@link OpsError} `WAL-SPOOL` when the spool's file system is full.
   */
  acknowledge(life: string, name: string, options?: CallOptions): Promise<void>;

  /** Takes an acknowledgement back. */
  withdraw(life: string, name: string, options?: CallOptions): Promise<void>;

  /** Says that somebody ships. */
  beat(now: Date, options?: CallOptions): Promise<void>;

  /** Says that nobody ships any more and no request waits: the next segment calls for help at once. */
  hush(options?: CallOptions): Promise<void>;
}
