import { OpsError } from '../../errors/ops-error.ts';
import type { Move, Scene } from '../../restore/in-place/plan-moves.ts';
import { type UpgradeJournal, upgradePaths } from './upgrade-journal.ts';

/** All paths that decide what remains to be done. */
export function placesOf(dataDirectory: string, journal: UpgradeJournal): readonly string[] {
  return [dataDirectory, ...Object.values<string>({ ...upgradePaths(dataDirectory, journal) })];
}

/**
 * Moves that are left until the new cluster has the place, whatever part of them was made already. The
 * old one goes first: nothing is ever in the place of both.
 */
export function planSwap(
  dataDirectory: string,
  journal: UpgradeJournal,
  scene: Scene,
): readonly Move[] {
  const { made, kept } = upgradePaths(dataDirectory, journal);
  return [
    ...(scene(kept) === 'absent' ? [rename(dataDirectory, kept)] : []),
    ...(scene(made) === 'absent' ? [] : [rename(made, dataDirectory)]),
  ];
}

/**
 * Moves that are left until the old cluster has its place again and the new one is kept beside it.
 *
 * @throws {@link OpsError} `RESTORE-ROLLBACK` when there is no old cluster to put back, or it shares its
 *   files with the new one.
 */
export function planUndo(
  dataDirectory: string,
  journal: UpgradeJournal | undefined,
  scene: Scene,
): { readonly journal: UpgradeJournal; readonly moves: readonly Move[] } {
  if (journal === undefined) {
    throw new OpsError('RESTORE-ROLLBACK', `${dataDirectory} was never upgraded here`, {
      hint: 'see what lies beside it; an upgrade that is over and forgotten is not taken back',
    });
  }
  const { mode, phase, from } = journal;
  const { made, kept, undone } = upgradePaths(dataDirectory, journal);
  if (mode === 'link' && phase !== 'making') {
    throw new OpsError(
      'RESTORE-ROLLBACK',
      `the old cluster of ${dataDirectory} shares its files with the new one, which has changed them`,
      { hint: `recover the old lineage from the store: "holdfast recover" in PostgreSQL ${from}` },
    );
  }
  const isAside = scene(kept) !== 'absent';
  // Only together with what was set aside is anything in the place the new one.
  const isReplaced = isAside && scene(dataDirectory) !== 'absent';
  if (!isAside && phase === 'done') {
    throw new OpsError('RESTORE-ROLLBACK', `there is no ${kept} to put back`, {
      hint: 'was it moved? then move it back; was it removed? then recover the old lineage from the store',
      details: { path: kept },
    });
  }
  if ((isReplaced || scene(made) !== 'absent') && scene(undone) !== 'absent') {
    throw new OpsError('RESTORE-ROLLBACK', `${undone} is there already`, {
      hint: 'it is what an earlier way back has kept: move it away once nobody needs it',
      details: { path: undone },
    });
  }
  return {
    journal,
    moves: [
      ...(isReplaced ? [rename(dataDirectory, undone)] : []),
      ...(scene(made) === 'absent' || phase === 'making' ? [] : [rename(made, undone)]),
      ...(isAside ? [rename(kept, dataDirectory)] : []),
    ],
  };
}

function rename(from: string, to: string): Move {
  return { kind: 'rename', from, to };
}
