import type { Move, Scene } from '../restore/in-place/plan-moves.ts';
import type { UpgradeFacts, UpgradePlan } from '../host/upgrade/plan-upgrade.ts';
import type { UpgradeJournal } from '../host/upgrade/upgrade-journal.ts';
import type { CallOptions } from './object-store.ts';
import type { ControlData } from './postgres-instance.ts';

/** What an upgrade needs of the machine that the data directory is on. */
export interface UpgradeSite {
  /** Absolute, without links; during an upgrade nothing may be there. */
  readonly dataDirectory: string;
  /**
   * Takes the lock of the place, which a server and a recovery take too, and makes sure that nothing an
   * interrupted upgrade started still runs.
   *
   * @throws {@link OpsError} `RESTORE-IN-USE` while somebody else has it.
   */
  hold(): Promise<AsyncDisposable>;
  /** @throws {@link OpsError} `RESTORE-IN-USE` for a `postmaster.pid`, whatever its pid. */
  assertIdle(directory: string): Promise<void>;
  readJournal(): Promise<UpgradeJournal | undefined>;
  /** Replaces the journal whole and durably. */
  writeJournal(journal: UpgradeJournal): Promise<void>;
  removeJournal(): Promise<void>;
  survey(options: CallOptions & { readonly to: number }): Promise<UpgradeFacts>;
  look(paths: readonly string[]): Promise<Scene>;
  move(move: Move): Promise<void>;
  /** Brings a cluster whose server an upgrade left crashed to a clean end. */
  settle(directory: string, major: number): Promise<void>;
  /** Whether `pg_upgrade` has made it impossible to start the cluster, because another has its files. */
  isGivenAway(directory: string): Promise<boolean>;
  /** Removes a directory that an upgrade has made. */
  discard(directory: string): Promise<void>;
  /** Makes the new cluster. */
  initialize(plan: UpgradePlan, options: CallOptions): Promise<void>;
  /**
   * Runs `pg_upgrade`, or only its checks.
   *
   * @throws {@link OpsError} `PG-FAILED` with what it said, and what it wrote about the reason.
   */
  upgrade(
    plan: UpgradePlan,
    options: CallOptions & {
      readonly checkOnly: boolean;
      readonly said: (line: string) => void;
    },
  ): Promise<void>;
  controlData(directory: string, major: number, options: CallOptions): Promise<ControlData>;
  /** Makes all that lies in a directory durable. */
  sync(directory: string): Promise<void>;
}
