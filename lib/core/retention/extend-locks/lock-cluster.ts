import { Event } from '../../contract/events.ts';
import { Metric } from '../../contract/metrics.ts';
import type { LockMode, ObjectLocks } from '../../ports/object-locks.ts';
import { forEachLineage } from '../cluster-lineages.ts';
import { planAfresh } from '../plan-afresh.ts';
import type { RetainContext } from '../retain-cluster.ts';
import { extendLocks } from './extend-locks.ts';

/** What {@link lockCluster} works with. */
export interface LockContext extends Omit<RetainContext, 'invocation'> {
  readonly locks: ObjectLocks;
  readonly lockMode: LockMode;
}

/**
 * Lengthens the locks of what every lineage of a cluster keeps past its recovery window.
 *
 * @throws {@link OpsError} `VAULT-LOCK` when one was refused, once all others were tried; what planning
 *   throws.
 */
export async function lockCluster(context: LockContext): Promise<void> {
  const { cluster, policy, store, locks, lockMode, telemetry, clock, log, signal } = context;
  let extended = 0;
  try {
    await forEachLineage(
      store,
      cluster,
      async (lineage) => {
        const plan = await planAfresh({ store, lineage, policy, now: clock.now() }, { signal });
        const deps = { store, lineage, locks, mode: lockMode, clock };
        const done = await extendLocks(deps, plan, { signal });
        extended += done.extended;
        log.info(Event.LOCKS_EXTENDED, { cluster, objects: done.extended, looked: done.looked });
        if (done.refusal !== undefined) throw done.refusal;
      },
      { signal },
    );
  } finally {
    telemetry.add(Metric.LOCKS_EXTENDED, extended);
    telemetry.flush();
  }
}
