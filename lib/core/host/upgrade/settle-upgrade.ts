import { lineageFolder } from '../../contract/key-layout.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { Move } from '../../restore/in-place/plan-moves.ts';
import type { UpgradeSite } from '../../ports/upgrade-site.ts';
import { placesOf, planSwap, planUndo } from './plan-places.ts';
import { type UpgradeJournal, upgradePaths } from './upgrade-journal.ts';

/** What an upgrade works with. */
export interface UpgradeDeps {
  readonly site: UpgradeSite;
  readonly signal?: AbortSignal | undefined;
  /** Hears what `pg_upgrade` says. */
  readonly said: (line: string) => void;
  /** Makes the volume known as one of this lineage. @default - nobody asks */
  readonly nameLineage?: ((lineage: string) => Promise<void>) | undefined;
  /**
   * Makes the cluster in the place the writer of its lineage once more, so that scheduled backups take that
   * for the current one. @default - nobody has written to another
   */
  readonly writeAgain?: (() => Promise<void>) | undefined;
  /** Called after each step, for tests that end the process there. */
  readonly stepped?: ((step: string) => Promise<void>) | undefined;
}

/** What an upgrade came to. */
export interface UpgradeResult {
  readonly executed: boolean;
  readonly dataDirectory: string;
  readonly from: number;
  readonly to: number;
  /** Where the old cluster is kept, or would be. */
  readonly kept: string;
  readonly oldLineage: string;
  /** Known once the new cluster is whole. */
  readonly lineage: string | undefined;
  readonly notes: readonly string[];
}

/** What a way back came to. */
export interface UndoResult {
  readonly executed: boolean;
  readonly dataDirectory: string;
  readonly from: number;
  readonly to: number;
  readonly lineage: string;
  /** Where the new cluster is kept. */
  readonly undone: string;
  readonly moves: readonly Move[];
}

/** Gives the new cluster the place of the old one, which is set aside. */
export async function takePlace(
  journal: UpgradeJournal,
  notes: readonly string[],
  deps: UpgradeDeps,
): Promise<UpgradeResult> {
  const { site } = deps;
  const scene = await site.look(placesOf(site.dataDirectory, journal));
  for (const move of planSwap(site.dataDirectory, journal, scene)) {
    await moveIdle(move, deps);
  }
  const result = resultOf(site, journal, true, notes);
  if (result.lineage !== undefined) await deps.nameLineage?.(result.lineage);
  await step(deps, 'named');
  await site.writeJournal({ ...journal, phase: 'done' });
  return result;
}

/**
 * Removes what an upgrade has made, and leaves the old cluster as a clean stop would.
 *
 * @throws {@link OpsError} `RESTORE-ROLLBACK` when the old cluster has given its files away.
 */
export async function giveUp(journal: UpgradeJournal, deps: UpgradeDeps): Promise<void> {
  const { site } = deps;
  const { dataDirectory } = site;
  const { from } = journal;
  if (await site.isGivenAway(dataDirectory)) {
    throw new OpsError(
      'RESTORE-ROLLBACK',
      `an upgrade with --link failed after the cluster in ${dataDirectory} had given its files away`,
      {
        hint: `recover the old lineage from the store: "holdfast recover" in PostgreSQL ${from}`,
        details: { dataDirectory },
      },
    );
  }
  // Whoever was told to stop still leaves the place in order.
  await site.settle(dataDirectory, from);
  await site.discard(upgradePaths(dataDirectory, journal).made);
  await site.removeJournal();
}

/**
 * Puts the old cluster back, after an upgrade or any interruption of one; the new one is kept beside it.
 * What was written since the upgrade is in the new one alone.
 *
 * @param execute - else only what would move is told.
 * @throws {@link OpsError} `RESTORE-ROLLBACK` when there is nothing to put back; `RESTORE-IN-USE`.
 */
export async function undoUpgrade(execute: boolean, deps: UpgradeDeps): Promise<UndoResult> {
  const { site } = deps;
  const { dataDirectory } = site;
  await using _lock = await site.hold();
  const found = await site.readJournal();
  const scene = await site.look(found === undefined ? [] : placesOf(dataDirectory, found));
  const { journal, moves } = planUndo(dataDirectory, found, scene);
  const { from, to, systemIdentifier } = journal;
  const lineage = lineageFolder({ systemIdentifier, major: from });
  const { undone } = upgradePaths(dataDirectory, journal);
  const result = { executed: execute, dataDirectory, from, to, lineage, undone, moves };
  if (!execute) return result;
  if (journal.phase === 'making') {
    await giveUp(journal, deps);
    return result;
  }
  await site.writeJournal({ ...journal, phase: 'undoing' });
  await step(deps, 'announced');
  for (const move of moves) await moveIdle(move, deps);
  await deps.nameLineage?.(lineage);
  await step(deps, 'named');
  await deps.writeAgain?.();
  await step(deps, 'became the writer');
  await site.removeJournal();
  return result;
}

/** What an upgrade has come to, or would. */
export function resultOf(
  site: UpgradeSite,
  journal: UpgradeJournal,
  executed: boolean,
  notes: readonly string[],
): UpgradeResult {
  const { from, to, systemIdentifier, whole } = journal;
  const { dataDirectory } = site;
  return {
    executed,
    dataDirectory,
    from,
    to,
    kept: upgradePaths(dataDirectory, journal).kept,
    oldLineage: lineageFolder({ systemIdentifier, major: from }),
    lineage: whole && lineageFolder({ systemIdentifier: whole.systemIdentifier, major: to }),
    notes,
  };
}

/** Says that a step is over, to whoever watches. */
export async function step({ stepped }: UpgradeDeps, name: string): Promise<void> {
  await stepped?.(name);
}

async function moveIdle(move: Move, deps: UpgradeDeps): Promise<void> {
  if (move.kind === 'rename') await deps.site.assertIdle(move.from);
  await deps.site.move(move);
  await step(deps, `moved to ${move.kind === 'rename' ? move.to : move.link}`);
}
