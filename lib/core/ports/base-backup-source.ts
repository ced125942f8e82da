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

/** What the server said of a copy that is whole. */
export interface BaseBackupOutcome {
  /** Files, relative to the data directory, in which it found pages with a wrong checksum. */
  readonly checksumFailures: readonly string[];
}

/** A base backup on its way. */
export interface BaseBackupStream {
  /**
   * One tar: backup_label first, `backup_manifest` last. Ends only once the copy is whole; stopping
   * early ends the backup.
   *
   * @throws {@link OpsError} `BACKUP-FAILED` with what the server or its program said.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Settles when nothing of the backup runs any more; rejects as `chunks` does. */
  readonly finished: Promise<BaseBackupOutcome>;
}

/** Where physical copies of a running cluster come from. */
export interface BaseBackupSource {
  /** Starts a full copy without WAL; an abort of the signal ends it, with the signal's reason. */
  start(options: BaseBackupOptions): BaseBackupStream;
}
