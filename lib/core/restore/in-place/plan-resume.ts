import { OpsError } from '../../errors/ops-error.ts';
import type { PlaceState } from '../../ports/cluster-place.ts';
import type { InPlaceJournal } from './in-place-journal.ts';

/** What an earlier recovery in the same place left to do. */
export type Resumption =
  /** Nothing: a new one begins. */
  | { readonly kind: 'begin' }
  /** It was interrupted with the old cluster set aside, at least in part. */
  | { readonly kind: 'go-on'; readonly journal: InPlaceJournal }
  /** All but the words that it is done. */
  | { readonly kind: 'done'; readonly journal: InPlaceJournal };

/**
 * How a recovery goes on from what another one left.
 *
 * @param isAside - whether the journal's set-aside directory is there. If not, nothing was moved yet,
 *   or somebody has moved it back.
 * @param state - of the data directory.
 * @throws {@link OpsError} `RESTORE-ROLLBACK` when a rollback was interrupted.
 */
export function planResume(
  journal: InPlaceJournal | undefined,
  isAside: boolean,
  state: PlaceState,
): Resumption {
  if (journal === undefined) return { kind: 'begin' };
  const { phase, result, dataDirectory } = journal;
  if (phase === 'putting-back') {
    throw new OpsError('RESTORE-ROLLBACK', `a rollback of ${dataDirectory} was interrupted`, {
      hint: 'run "holdfast rollback" again until it is through',
      details: { dataDir: dataDirectory },
    });
  }
  if (phase === 'recovered' || phase === 'put-back' || !isAside) return { kind: 'begin' };
  const isWhole = phase === 'recovering' && state === 'occupied' && result !== undefined;
  return { kind: isWhole ? 'done' : 'go-on', journal };
}
