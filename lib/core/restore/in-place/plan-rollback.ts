import { OpsError } from '../../errors/ops-error.ts';
import { type InPlaceJournal, rolledBackPath, setAsidePath } from './in-place-journal.ts';
import { type Move, planPutBack, type Scene } from './plan-moves.ts';

/** What a rollback does. */
export interface RollbackPlan {
  readonly journal: InPlaceJournal;
  /** Where the old data directory lies now. */
  readonly oldDirectory: string;
  /** Where what the recovery made is kept; `undefined` when it made nothing yet. */
  readonly rolledBack: string | undefined;
  readonly moves: readonly Move[];
}

/**
 * What is left to do until the old cluster is back in its place.
 *
 * @param scene - of the journal's paths.
 * @throws {@link OpsError} `RESTORE-ROLLBACK` when there is nothing to put back.
 */
export function planRollback(
  dataDirectory: string,
  journal: InPlaceJournal | undefined,
  scene: Scene,
): RollbackPlan {
  if (journal === undefined) throw nothing(dataDirectory, 'was never recovered in place');
  const aside = setAsidePath(journal.dataDirectory, journal.id);
  const isAside = scene(aside) !== 'absent';
  const isThere = scene(journal.dataDirectory) !== 'absent';
  const isPending = journal.phase === 'setting-aside' || journal.phase === 'putting-back';
  const isLost = !isAside && !(isThere && (isPending || journal.phase === 'put-back'));
  if (isLost) throw nothing(dataDirectory, `has no set-aside directory any more: ${aside} is gone`);
  const away = rolledBackPath(journal.dataDirectory, journal.id);
  const isReplaced = (isAside && isThere) || scene(away) !== 'absent';
  return {
    journal,
    oldDirectory: isAside ? aside : journal.dataDirectory,
    rolledBack: isReplaced ? away : undefined,
    moves: planPutBack(journal, scene),
  };
}

function nothing(dataDirectory: string, why: string): OpsError {
  return new OpsError('RESTORE-ROLLBACK', `${dataDirectory} ${why}`, {
    hint: 'a rollback puts back what "holdfast recover --in-place" has set aside; nothing was changed',
    details: { dataDir: dataDirectory },
  });
}
