import type { ArchiveListing } from '../catalog/archive-listing.ts';
import type { BackupListing } from '../catalog/backup-listing.ts';
import type { RecoveryWindow } from '../catalog/recovery-window.ts';
import type { Clock } from '../ports/clock.ts';
import type { ArchiverState, ServerDescription } from '../ports/cluster-server.ts';
import type { ControlData } from '../ports/postgres-instance.ts';
import type {
  ArchiveQueue,
  ConfigurationError,
  DatabaseFacts,
  PreparedTransactions,
  RoleFacts,
  SenderFacts,
  ServerSettings,
  SessionFacts,
  SlotFacts,
  UnloggedTables,
} from '../ports/server-inspector.ts';
import type { Lineage } from '../store/lineage.ts';
import type { WriterRecord } from '../store/records.ts';
import type { WriterIdentity } from '../store/writer-epoch.ts';
import type { Lsn } from '../wal/lsn.ts';
import type { DirectoryFacts, ProgramFacts, Room, RuntimeFacts, SpoolFacts } from './host-facts.ts';

/** What the operator named. */
export interface Given {
  readonly store?: string | undefined;
  readonly cluster?: string | undefined;
  readonly spool?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** A clock compared with this machine's. */
export interface ClockOffset {
  /** How far it is ahead of this machine, in milliseconds; negative when behind. */
  readonly aheadMs: number;
  /** How wrong that may be: the time that the question took, and the clock's own grain. */
  readonly uncertaintyMs: number;
}

/** Everything that checks may look at, by name. */
export interface Facts {
  readonly given: Given;
  readonly now: Date;
  readonly runtime: RuntimeFacts;
  /** Whether each program of the operating system is there. */
  readonly tools: ReadonlyMap<string, boolean>;
  readonly programs: readonly ProgramFacts[];
  readonly dataDirectory: DirectoryFacts;
  readonly controlData: ControlData;
  readonly server: ServerDescription;
  readonly session: SessionFacts;
  readonly serverClock: ClockOffset;
  readonly settings: ServerSettings;
  readonly configurationErrors: readonly ConfigurationError[];
  readonly slots: readonly SlotFacts[];
  readonly senders: SenderFacts;
  readonly prepared: PreparedTransactions;
  readonly databases: readonly DatabaseFacts[];
  readonly unlogged: UnloggedTables;
  readonly roles: readonly RoleFacts[];
  readonly heartbeat: boolean;
  readonly archiver: ArchiverState;
  readonly queue: ArchiveQueue;
  readonly position: Lsn;
  readonly spool: SpoolFacts;
  readonly lineage: Lineage;
  /** There when the store has just refused a second put. */
  readonly conditions: true;
  /** `undefined` when the store has no clock of its own to ask. */
  readonly storeClock: ClockOffset | undefined;
  /** `undefined` before the first writer. */
  readonly writer: WriterRecord | undefined;
  readonly self: WriterIdentity;
  readonly archive: ArchiveListing;
  readonly backups: BackupListing;
  readonly windows: readonly RecoveryWindow[];
  readonly dataRoom: Room;
  readonly walRoom: Room;
  readonly spoolRoom: Room;
  /** `undefined` for a bucket, which does not fill up. */
  readonly storeRoom: Room | undefined;
}

/** Name of a fact. */
export type FactName = keyof Facts;

/**
 * Gives a fact that was gathered.
 *
 * @throws the one {@link OpsError} that kept it from being gathered; {@link NotNamed} when the
 *   operator did not say where to look.
 */
export type See = <N extends FactName>(name: N) => Facts[N];

/** Gives another fact, gathered once however many ask; rejects as {@link See} throws. */
export type Find = <N extends FactName>(name: N) => Promise<Facts[N]>;

/** What facts are gathered with. */
export interface GatherContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One fact: gathered once, then seen by whoever wants it. */
export interface Fact<T> {
  /** Gives it, however many ask; rejects as {@link Fact.see} throws. */
  gather(context: GatherContext, find: Find): Promise<T>;
  /** What was gathered; throws as {@link See}. */
  see(): T;
}

/** Where every fact comes from, for one diagnosis. */
export type FactSources = { readonly [N in FactName]: Fact<Facts[N]> };

/** The operator did not say where to look. */
export class NotNamed extends Error {
  override readonly name = 'NotNamed';
  /** What to add, such as `--store`. */
  readonly option: string;

  constructor(option: string) {
    super(`needs ${option}`);
    this.option = option;
  }
}
