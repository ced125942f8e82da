import { clusterFiles } from '../../bin/cli/shipping.ts';
import { openClusterPlace } from '../../lib/core/adapters/restore/in-place/local-cluster-place.ts';
import { localRecoverySite } from '../../lib/core/adapters/restore/local-recovery-site.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import {
  type InPlaceResult,
  recoverInPlace,
} from '../../lib/core/restore/in-place/run-in-place.ts';
import { rollBack, type RollbackResult } from '../../lib/core/restore/in-place/run-rollback.ts';
import { planFromStore } from '../../lib/core/restore/plan-from-store.ts';
import { parseTarget } from '../../lib/core/restore/plan/target.ts';
import type { ShippingDeps } from '../../lib/core/wal/shipping/open-shipment.ts';
import { recordingLog } from '../support/recording-log.ts';
import type { Shipper } from './model-agent.ts';
import { type Question, targetText } from './question.ts';
import { CLUSTER, type World } from './world.ts';

const PARALLEL = 2;

/** Recovers a stopped server in its own place, as the command line does. */
export async function recoverThere(
  world: World,
  { dataDirectory, spool }: Shipper,
  { target, choices }: Question,
): Promise<InPlaceResult> {
  const { store, lineage, instance } = world;
  const place = await openClusterPlace(dataDirectory);
  const log = recordingLog();
  const asked = parseTarget(targetText(target));
  return recoverInPlace(
    { target: asked, parallel: PARALLEL, timeline: choices.timeline },
    {
      store,
      lineage,
      postgres: instance,
      clock: systemClock,
      log,
      place,
      shippingOf: (path) => ({ ...shippingDeps(world, { dataDirectory: path, spool }), log }),
      plan: async (view, along) =>
        planFromStore(
          { store: view, lineage },
          asked,
          { ...choices, ...along },
          { clock: systemClock },
        ),
      siteFor: () => localRecoverySite({ owner: place.owner }),
    },
  );
}

/** Puts back what {@link recoverThere} has set aside. */
export async function rollBackThere(
  world: World,
  { dataDirectory, spool }: Shipper,
): Promise<RollbackResult> {
  const { store, lineage } = world;
  const log = recordingLog();
  return rollBack({
    store,
    lineage,
    clock: systemClock,
    log,
    place: await openClusterPlace(dataDirectory),
    shippingOf: (path) => shippingDeps(world, { dataDirectory: path, spool }),
  });
}

/** What ships the WAL of one server, as the command line puts it together. */
function shippingDeps(
  { store }: World,
  { dataDirectory, spool }: Shipper,
): Omit<ShippingDeps, 'log'> {
  return { store, cluster: CLUSTER, clock: systemClock, ...clusterFiles(dataDirectory, spool) };
}
