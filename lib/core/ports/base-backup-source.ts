import type { Lsn } from '../wal/lsn.ts';
import type { CallOptions } from './object-store.ts';

/** How PostgreSQL makes the checkpoint that a base backup starts with. */
export type CheckpointMode = 'fast' | 'spread';

/** Options of {@link BaseBackupSource.start}. */
export interface BaseBackupOptions extends CallOptions {
  readonly checkpoint: CheckpointMode;
  /**
   * KiB per second the server sends at most, 32 to 1048576.
   *
   * @default - no limit
   */
  readonly maxRateKiB?: number | undefined;
  /** Stands in backup_label; one line. */
  readonly label: string;
  /** Names the connection in the server's statistics views. */
  readonly applicationName: string;
}

/** What the server says ahead of a copy. */
export interface BaseBackupStart {
  /** Of the server that sends it; decimal. */
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** Replay starts here. */
  readonly startLsn: Lsn;
  /** Tablespaces that come as archives of their own. */
  readonly tablespaces: readonly { readonly oid: string; readonly location: string }[];
}

/**
 * One of the streams a copy consists of. The next one comes once its chunks are read to their end.
 * Each chunk is valid until the next one is asked for.
 */
export type BaseBackupArchive =
  | {
      /** A tar: of one tablespace, relative to its location, or of the data directory. */
      readonly kind: 'tar';
      /** Oid; `undefined` for the data directory, which comes after all tablespaces. */
      readonly tablespace: string | undefined;
      readonly chunks: AsyncIterable<Uint8Array>;
    }
  | {
      /** The bare `backup_manifest`; comes last. */
      readonly kind: 'manifest';
      readonly chunks: AsyncIterable<Uint8Array>;
    };

/** What the server said of a copy that is whole. */
export interface BaseBackupOutcome {
  /** Files, relative to the data directory, in which it found pages with a wrong checksum. */
  readonly checksumFailures: readonly string[];
  /** Paths, relative to the data directory, that it left out because they are links or no files. */
  readonly skipped: readonly string[];
}

/** A base backup on its way. */
export interface BaseBackupStream {
  /** Settles before the first archive comes; rejects as `finished` does. */
  readonly started: Promise<BaseBackupStart>;
  /**
   * Ends only once the copy is whole; stopping early ends the backup.
   *
   * @throws {@link OpsError} `BACKUP-FAILED` with what the server said; `PG-CONNECT`, `PG-FAILED`
   *   or `PG-TIMEOUT` when it does not let the backup in.
   */
  readonly archives: AsyncIterable<BaseBackupArchive>;
  /** Settles when nothing of the backup runs any more; rejects as `archives` does. */
  readonly finished: Promise<BaseBackupOutcome>;
}

/** Where physical copies of a running cluster come from. */
export interface BaseBackupSource {
  /** Starts a full copy without WAL; an abort of the signal ends it, with the signal's reason. */
  start(options: BaseBackupOptions): BaseBackupStream;
}
