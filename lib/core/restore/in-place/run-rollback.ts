import { claimWriter } from '../../store/writer-epoch.ts';
import type { ShippingDeps } from '../../wal/shipping/open-shipment.ts';
import { assertSameCluster } from './examine-cluster.ts';
import type { InPlaceContext } from './in-place-context.ts';
import { keepJournal } from './journal-keeper.ts';
import { moveIdle } from './move-idle.ts';
import { stepDone } from './step-done.ts';
import { pathsOf } from './plan-moves.ts';
import { planRollback, type RollbackPlan } from './plan-rollback.ts';

/** What a rollback works with. */
export interface RollbackContext extends Pick<
  InPlaceContext,
  'store' | 'lineage' | 'clock' | 'log' | 'signal' | 'place' | 'stepped'
> {
  /** Of the server whose files lie in `dataDirectory`. */
  shippingOf(dataDirectory: string): Pick<ShippingDeps, 'controlData' | 'self'>;
}

/** What a rollback came to. */
export interface RollbackResult {
  readonly dataDirectory: string;
  /** Of the old server, which goes on with it. */
  readonly timeline: number;
  /** Where what the recovery made is kept; `undefined` when it had made nothing. */
  readonly rolledBack: string | undefined;
}

/**
 * What a rollback would do; changes nothing.
 *
 * @throws {@link OpsError} `RESTORE-ROLLBACK` when there is nothing to put back; `RESTORE-IN-USE`
 *   when a server may run on the old or the recovered directory; `WAL-IDENTITY` when they are of
 *   another cluster than the archive.
 */
export async function examineRollback(context: RollbackContext): Promise<RollbackPlan> {
  const { place } = context;
  const journal = await place.readJournal();
  const scene = await place.look(journal === undefined ? [] : pathsOf(journal));
  const plan = planRollback(place.path, journal, scene);
  await place.assertIdle(place.path);
  await place.assertIdle(plan.oldDirectory);
  await assertSameCluster(plan.oldDirectory, context.shippingOf(plan.oldDirectory), context);
  return plan;
}

/**
 * Puts back what a recovery in place has set aside, after its success or any interruption of it. What
 * the recovery made is kept beside it. The old server becomes the writer again, on its timeline; an
 * interruption at any point is mended by the same call.
 *
 * @throws {@link OpsError} as {@link examineRollback}, before anything is changed; the store's own.
 */
export async function rollBack(context: RollbackContext): Promise<RollbackResult> {
  const { place, signal } = context;
  await using _lock = await place.hold();
  const { journal, oldDirectory, rolledBack, moves } = await examineRollback(context);
  const { dataDirectory, timeline } = journal;
  const keeper = keepJournal(journal, place);
  if (journal.phase !== 'put-back') {
    await keeper.note({ phase: 'putting-back' });
    await stepDone(context, 'announced');
    const self = await context.shippingOf(oldDirectory).self({ signal });
    await claimWriter(context, { ...self, timeline }, 'rollback');
    await stepDone(context, 'became the writer');
    const servers = new Set([dataDirectory, oldDirectory]);
    for (const move of moves) {
      if (move.kind === 'rename' && servers.has(move.from)) await moveIdle(place, move);
      else await place.move(move);
      await stepDone(context, `moved ${move.kind === 'rename' ? move.from : move.link}`);
    }
    await keeper.note({ phase: 'put-back' });
  }
  return { dataDirectory, timeline, rolledBack };
}
