/** A file being written. */
export interface FileSink {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A directory in which files are made from a backup. Paths are relative, with `/` between names. */
export interface FileTree {
  /** Makes a directory with its parents, or changes the mode of one that is there. */
  makeDirectory(path: string, mode: number): Promise<void>;
  /**
   * Makes a file with its parents.
   *
   * @throws {@link OpsError} `BACKUP-TAR` when it is there already.
   */
  createFile(path: string, mode: number): Promise<FileSink>;
}

/**
 * A data directory that this process alone may write, being made from a backup. All paths are
 * relative to it, with `/` between names.
 *
 * Whatever is written belongs to PostgreSQL's account. A full disk is `RESTORE-SPACE`, a path that
 * leaves the directory `BACKUP-TAR`. Disposing it gives up the claim: what is there stays, marked as
 * unfinished unless {@link finish} was called.
 */
export interface DataDirectory extends FileTree, AsyncDisposable {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Puts a small file in place of what is there, durably. */
  replaceFile(path: string, text: string): Promise<void>;
  /** A small file's text; `undefined` when it is not there. */
  readFile(path: string): Promise<string | undefined>;
  /** Does nothing when it is not there. */
  removeFile(path: string): Promise<void>;
  /** Names in a directory, in no order. */
  names(path: string): Promise<readonly string[]>;
  /** Makes everything written so far durable. */
  sync(): Promise<void>;
  /** The recovery is done: removes its folder and its mark. */
  finish(): Promise<void>;
}

/** Folder within a data directory that holds what a recovery needs, and marks it as unfinished. */
export const RECOVERY_FOLDER = 'holdfast-recovery';

/** Folder within a data directory whose links lead to tablespaces. */
export const TABLESPACES_FOLDER = 'pg_tblspc';
