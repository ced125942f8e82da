import type { CallOptions } from './object-store.ts';

/** What PostgreSQL's archiver says of a file: it offers it, it has no more need of it, either or neither. */
export type WalMark = 'ready' | 'done' | 'any';

/** Options of {@link WalDirectory.read}. */
export interface WalReadOptions extends CallOptions {
  /**
   * Where to put the bytes of a file that fits; the result is then a view of it.
   *
   * @default - in a buffer of their own
   */
  readonly into?: Uint8Array | undefined;
}

/** A data directory as the archiver sees it: `pg_wal`, its `archive_status`, `postmaster.pid`. */
export interface WalDirectory {
  /** Absolute path of the data directory. */
  readonly path: string;

  /** Names marked `.ready`, in no order. Marks whose name PostgreSQL would not archive are left out. */
  ready(options?: CallOptions): Promise<readonly string[]>;

  /** Since when `name` is marked `.ready`; `undefined` when it is not. */
  readySince(name: string, options?: CallOptions): Promise<Date | undefined>;

  /**
   * Names of files still in `pg_wal` that PostgreSQL will never offer, in no order: marked `.done`,
   * and histories without any mark, which it writes while archiving is off.
   */
  done(options?: CallOptions): Promise<readonly string[]>;

  /** Names of all archive files in `pg_wal`, in no order: marked or not, also those still written. */
  present(options?: CallOptions): Promise<readonly string[]>;

  /**
   * A whole file of `pg_wal`. Proves that nobody recycled it in the meantime: the same inode and
   * the same mark stand before and after the reading. `any` asks for no mark.
   *
   * @returns `undefined` when the file or its mark is not there.
   * @throws {@link OpsError} `WAL-CHANGED` when it was replaced or cut while it was read.
   */
  read(name: string, mark: WalMark, options?: WalReadOptions): Promise<Uint8Array | undefined>;

  /**
   * Names one life of the postmaster, by process id and start time as `<pid>-<seconds>`;
   * `undefined` when none runs.
   *
   * @see PostgreSQL miscadmin.h, LOCK_FILE_LINE_*
   */
  postmaster(options?: CallOptions): Promise<string | undefined>;

  /** Resolves when something new may be ready, or after `ms` milliseconds. */
  changed(ms: number, signal: AbortSignal): Promise<void>;
}
