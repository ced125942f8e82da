import type { CallOptions } from './object-store.ts';
import type { ArchivePlace } from './spool.ts';

/** What a new spool is for. */
export interface SpoolRequest {
  /** Absolute; created with mode 0700 for the data directory's account. */
  readonly path: string;
  readonly dataDirectory: string;
  readonly systemIdentifier: string;
  /** Where the server archives to. */
  readonly archive: ArchivePlace;
  /**
   * Whether a spool that was made for another archive may serve this one from now on.
   *
   * @default false
   */
  readonly moveArchive?: boolean;
  /**
   * Program and arguments of the one-shot push; the file's name is added as the last.
   *
   * @default - none: the archive script only leaves a request for whoever watches the spool
   */
  readonly oneShot?: readonly string[];
}

/** Makes spools. */
export interface SpoolMaker {
  /**
   * Whether the spool is there, without changing anything.
   *
   * @throws {@link OpsError} as {@link SpoolMaker.make}.
   */
  inspect(request: SpoolRequest, options?: CallOptions): Promise<'absent' | 'present'>;

  /**
   * Makes the spool, or brings its scripts up to date.
   *
   * @throws {@link OpsError} `WAL-SPOOL` when the path is another server's spool or for another archive, a link, a directory
   *   that holds anything else, or inside the data directory; it then changes nothing.
   */
  make(request: SpoolRequest, options?: CallOptions): Promise<'created' | 'updated'>;
}
