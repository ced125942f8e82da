import type { Lsn } from '../wal/lsn.ts';
import type { FileTree } from './data-directory.ts';

/** Where the tablespaces of one location go; all paths are absolute. */
export interface TablespacePlace {
  /** Where their server had them. */
  readonly from: string;
  readonly to: string;
  /** Of those that the base backup holds. */
  readonly oids: readonly string[];
  /** Of the same. */
  readonly names: readonly string[];
  /** Plain bytes that the base backup holds of them. */
  readonly bytes: number;
  /** The first record of WAL that creates one there; `undefined` when none does. */
  readonly createdAt: Lsn | undefined;
}

/** Room that is needed behind a path. */
export interface RoomNeed {
  readonly path: string;
  readonly bytes: number;
}

/** Tablespaces of a recovery, outside its data directory and this process's alone until it is done. */
export interface HeldTablespaces extends AsyncDisposable {
  /** Where files of a tablespace of the base go, by its oid. */
  readonly trees: ReadonlyMap<string, FileTree>;
  /**
   * Proves that there is room for what the base holds of them, and for `more` on the same file systems.
   *
   * @throws {@link OpsError} `RESTORE-SPACE`.
   */
  assertRoom(more: RoomNeed): Promise<void>;
  /**
   * Leads the data directory to them, and replay of their creation to their new places: until
   * {@link settle}, or until they are let go of, the old places are links to the new ones.
   */
  link(): Promise<void>;
  /** Replay is over: leads the data directory to the new places of all. */
  settle(): Promise<void>;
  /** The recovery is done: removes the marks. */
  finish(): Promise<void>;
}

/** The part of a machine where tablespaces go. */
export interface TablespaceSite {
  /**
   * Looks whether `places` can be used for a recovery into `dataDirectory`; changes nothing.
   *
   * @throws {@link OpsError} `RESTORE-TABLESPACE` when a new place is not empty, is a link, lies in
   *   another or in the data directory, or is not PostgreSQL's; `BACKUP-TABLESPACE` when one is to be
   *   created at an old place that is on this machine.
   */
  inspectTablespaces(places: readonly TablespacePlace[], dataDirectory: string): Promise<void>;
  /**
   * Takes them for the recovery into a claimed directory: made if absent, marked as unfinished, and
   * emptied of what an earlier try of the same recovery left.
   *
   * @throws {@link OpsError} as {@link inspectTablespaces}.
   */
  holdTablespaces(
    places: readonly TablespacePlace[],
    dataDirectory: string,
  ): Promise<HeldTablespaces>;
}
