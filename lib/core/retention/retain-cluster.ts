import type { RetentionPolicy } from '../config/retention-policy.ts';
import { Metric } from '../contract/metrics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Invocation } from '../ports/invocation.ts';
import type { Log } from '../ports/log.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { applyRetention } from './apply/apply-retention.ts';
import { forEachLineage } from './cluster-lineages.ts';
import { planAfresh } from './plan-afresh.ts';

/** What {@link retainCluster} works with. */
export interface RetainContext {
  readonly cluster: string;
  readonly policy: RetentionPolicy;
  readonly store: ObjectStore;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Log;
  readonly invocation: Invocation;
  readonly signal: AbortSignal;
}

/** Left to end what is under way when a function's time runs out. */
const MARGIN_MS = 30_000;

/**
 * The daily run: plans every lineage of a cluster and lets go what an older plan agrees on. What does not
 * fit into the time that is left is done by the next run.
 *
 * @throws {@link OpsError} what the first lineage failed with, as {@link applyRetention}.
 */
export async function retainCluster(context: RetainContext): Promise<void> {
  const { cluster, policy, store, telemetry, clock, log, invocation, signal } = context;
  const leftMs = Math.max(0, invocation.remainingMs() - MARGIN_MS);
  const until = new Date(clock.now().getTime() + leftMs);
  const counts = { objects: 0, bytes: 0, warnings: 0 };
  try {
    await forEachLineage(
      store,
      cluster,
      async (lineage) => {
        const { plan, tagged, lingering, isComplete } = await applyRetention(
          {
            store,
            lineage,
            clock,
            log,
            holder: `apply-retention ${invocation.id}`,
            plan: async (call) => planAfresh({ store, lineage, policy, now: clock.now() }, call),
          },
          { until, signal },
        );
        counts.objects += tagged.objects;
        counts.bytes += tagged.bytes;
        // Work that is left over every day is never done, and what lingers is never hidden.
        const { length } = plan.warnings;
        counts.warnings += length + Number(!isComplete) + Number(lingering.objects > 0);
      },
      { signal },
    );
    telemetry.add(Metric.RETENTION_APPLIED, 1);
  } finally {
    telemetry.add(Metric.RETENTION_TAGGED_OBJECTS, counts.objects);
    telemetry.add(Metric.RETENTION_TAGGED_BYTES, counts.bytes);
    telemetry.add(Metric.RETENTION_WARNINGS, counts.warnings);
    telemetry.flush();
  }
}
