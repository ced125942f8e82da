import type { Clock } from '../ports/clock.ts';
import type { Digests } from '../ports/digests.ts';
import type { Log } from '../ports/log.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { PostgresInstance } from '../ports/postgres-instance.ts';
import type { RecoverySite } from '../ports/recovery-site.ts';
import type { Lineage } from '../store/lineage.ts';
import type { ReachedPoint } from './replay/reached-point.ts';
import type { RecoveryProgress } from './recovery-progress.ts';
import type { TablespaceMapping } from './tablespaces/tablespace-mapping.ts';

/** Where to recover to, and how. */
export interface RecoveryJob {
  /** Empty or absent; made 0700. */
  readonly dataDirectory: string;
  /** Parts extracted at the same time: about one per core. */
  readonly parallel: number;
  /**
   * Compare every file with the manifest before replay.
   *
   * @default false
   */
  readonly verifyFiles?: boolean | undefined;
  /**
   * Give up when the server shows no sign of life for so long.
   *
   * @default 600000
   */
  readonly patienceMs?: number | undefined;
  /** Where tablespaces go; each that the recovery meets must be mapped. @default - none is */
  readonly tablespaceMapping?: TablespaceMapping | undefined;
  /** @default - the result is a clone, which leaves its origin alone */
  readonly inPlace?: InPlaceRecovery | undefined;
}

/** What makes the result of a recovery the cluster's own next data directory instead of a clone. */
export interface InPlaceRecovery {
  /** Called with the empty directory. */
  prepare(): Promise<void>;
  /** A segment that the archive does not have, because the old server never finished it. */
  readonly unfinishedSegment: string | undefined;
  /** Called when what was reached is proven and the directory cannot be started yet. */
  settle(result: RecoveryResult): Promise<KeptConfiguration>;
}

/** What a data directory goes on with. */
export interface KeptConfiguration {
  /** Text of the cluster's own postgresql.auto.conf. @default - the backup's */
  readonly autoConf: string | undefined;
  readonly notes: readonly string[];
}

/** What `recover` works with. */
export interface RecoveryContext extends CallOptions {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  /** Of the backup's major version. */
  readonly postgres: PostgresInstance;
  readonly site: RecoverySite;
  /** @default - the base is hashed in turn with all else */
  readonly digests?: Digests | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Told every change of phase, and in between at most twice a second. */
  readonly report?: ((progress: RecoveryProgress) => void) | undefined;
}

/** A finished recovery. */
export interface RecoveryResult extends ReachedPoint {
  readonly backupId: string;
  /** The new one, that the recovered server began. */
  readonly timeline: number;
  /** As it was asked for. */
  readonly target: string;
  /** Seconds to fetch and extract the base. */
  readonly restoreSec: number;
  /** Seconds from the server's start to the proof of what was reached, and a look into its databases. */
  readonly replaySec: number;
  /** Absolute. */
  readonly dataDirectory: string;
  /** What an operator should know of the result. */
  readonly notes: readonly string[];
}
