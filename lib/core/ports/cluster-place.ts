import type { InPlaceJournal } from '../restore/in-place/in-place-journal.ts';
import type { Move, Scene } from '../restore/in-place/plan-moves.ts';
import type { DataDirectory } from './data-directory.ts';

/** A directory that a recovery in place would rename. */
export interface MovingDirectory {
  /** Absolute, without links. */
  readonly path: string;
  /** The link in the data directory that leads to it; `undefined` for the data directory itself. */
  readonly link: { readonly name: string; readonly text: string } | undefined;
  /** What keeps it from being renamed, in words that follow its path. */
  readonly obstacle: string | undefined;
  /** The file system it is on; directories of one share its room. */
  readonly device: string;
  readonly freeBytes: number;
}

/** A file of the operator's at the top of a data directory. */
export interface ConfigurationEntry {
  readonly name: string;
  /** Where a link leads; `undefined` for a file of its own. */
  readonly linkText: string | undefined;
}

/** What there is to be moved, and what stays. */
export interface ClusterSurvey {
  /** The data directory first. */
  readonly moving: readonly MovingDirectory[];
  /** What PostgreSQL did not make and a recovered directory goes on with. */
  readonly configuration: readonly ConfigurationEntry[];
}

/** What is in the place of a data directory. */
export type PlaceState = 'absent' | 'empty' | 'unfinished' | 'occupied';

/** The place of a cluster's data directory on this machine, with what lies beside it. */
export interface ClusterPlace {
  /** Of the data directory, which need not be there; absolute, without links. */
  readonly path: string;
  /**
   * Takes the lock of the place, which the kernel frees when this process dies.
   *
   * @throws {@link OpsError} `RESTORE-IN-USE` while somebody else has it.
   */
  hold(): Promise<AsyncDisposable>;
  /** @throws {@link OpsError} `RESTORE-IN-USE` as {@link hold}, without keeping or making anything. */
  assertFree(): Promise<void>;
  /**
   * Proves that `directory` shows no sign of a server.
   *
   * @throws {@link OpsError} `RESTORE-IN-USE` for a postmaster.pid, whatever its pid.
   */
  assertIdle(directory: string): Promise<void>;
  state(): Promise<PlaceState>;
  /** @throws {@link OpsError} `RESTORE-IN-PLACE` when a link in the data directory leads nowhere. */
  survey(): Promise<ClusterSurvey>;
  /** `undefined` when there is none. @throws {@link OpsError} `RESTORE-IN-PLACE` when it is damaged. */
  readJournal(): Promise<InPlaceJournal | undefined>;
  /** Durable once resolved. */
  writeJournal(journal: InPlaceJournal): Promise<void>;
  look(paths: readonly string[]): Promise<Scene>;
  /** Durable once resolved. */
  move(move: Move): Promise<void>;
  /** Claims the data directory as {@link RecoverySite.claim} does, under the lock that is held. */
  claim(): Promise<DataDirectory>;
  /**
   * Makes an empty directory at `path` for PostgreSQL's account. What is there is emptied if `inode`
   * is its own.
   *
   * @returns its inode.
   * @throws {@link OpsError} `RESTORE-NOT-EMPTY` when something else is there.
   */
  makeTarget(path: string, inode: string | undefined): Promise<string>;
  /** Takes away the mark of a tablespace whose recovery is over, if there is one at `path`. */
  forgetMark(path: string): Promise<void>;
  /** Makes the link `name` of the data directory. */
  link(name: string, text: string): Promise<void>;
  /** Text of a small file in `directory`; `undefined` when it is not there. Follows no link. */
  readText(directory: string, name: string): Promise<string | undefined>;
  /** Puts the operator's files of the directory `from` in place of the data directory's. */
  keepConfiguration(from: string): Promise<void>;
}
