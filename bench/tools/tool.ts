import type { BenchCluster } from '../cluster/bench-cluster.ts';
import type { Command } from './command.ts';

/** Something that keeps a server's data elsewhere; `P` is what of it can be measured. */
export interface Tool<P extends Protection = Protection> {
  /** As it stands in the tables. */
  readonly name: string;
  readonly version: string;
  /** Prepares `cluster` for this tool with an empty repository in `directory`; nothing is archived yet. */
  protect(cluster: BenchCluster, directory: string, signal: AbortSignal): Promise<P>;
}

/** A server prepared for a tool. */
export interface Protection {
  /** What `archive_command` is to be set to. */
  readonly archiveCommand: string;
  /** Starts what has to run beside the server, resolved when it does; disposing it ends it. */
  startBeside(): Promise<Beside>;
}

/** What runs beside a server, until it is disposed. */
export interface Beside extends AsyncDisposable {
  /** Its process ids; none when it has no process of its own that stays. */
  readonly pids: ReadonlySet<number>;
}

/** One that takes base backups. */
export interface BackupProtection extends Protection {
  /** Takes a full base backup. */
  readonly backup: Command;
}

/** One that ships WAL ahead of PostgreSQL, takes base backups and brings everything back. */
export interface FullProtection extends BackupProtection {
  /** Lets all files that wait be shipped before PostgreSQL asks, while the archiver is held. */
  shipAhead(names: readonly string[]): Promise<void>;
  /** Restores the newest base backup into `dataDirectory`, all in place and flushed. */
  restore(dataDirectory: string, to: RestoreTarget): Command;
  /** Whether {@link restore} also lets a server replay to the target, and stops it. */
  readonly restoreReplays: boolean;
}

/** End of the bare backup, or of the archive. */
export type RestoreTarget = 'immediate' | 'latest';
