import type { ClusterPlace } from '../../ports/cluster-place.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { RecoverySite } from '../../ports/recovery-site.ts';
import type { ShippingDeps } from '../../wal/shipping/open-shipment.ts';
import type { RecoveryChoices, RecoveryPlan } from '../plan/recovery-plan.ts';
import type { RecoveryTarget } from '../plan/target.ts';
import type { RecoveryContext, RecoveryJob } from '../recovery-context.ts';

/** What a recovery in place works with. */
export interface InPlaceContext extends Omit<RecoveryContext, 'site'> {
  readonly place: ClusterPlace;
  /** Ships for the server whose files lie in `dataDirectory`. */
  shippingOf(dataDirectory: string): ShippingDeps;
  /** Plans from what `store` has by now. */
  plan(store: ObjectStore, choices: Pick<RecoveryChoices, 'timeline'>): Promise<RecoveryPlan>;
  siteFor(plan: RecoveryPlan): RecoverySite;
  /** Called after each step that is durable. @default - nobody is told */
  readonly stepped?: ((step: string) => Promise<void>) | undefined;
}

/** What is recovered, and how. */
export interface InPlaceJob extends Pick<RecoveryJob, 'verifyFiles' | 'patienceMs'> {
  /** What {@link InPlaceContext.plan} plans for. */
  readonly target: RecoveryTarget;
  /** Parts extracted and segments shipped at the same time. */
  readonly parallel: number;
  /** @default - the timeline that the old server wrote */
  readonly timeline?: number | undefined;
}
