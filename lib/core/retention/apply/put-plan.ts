import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import { putRecord } from '../../store/record.ts';
import { RetentionPlan } from '../retention-plan.ts';
import type { RetentionDeps } from './apply-retention.ts';
import type { StoredBetween } from './store-time.ts';

/** A plan that is written down. */
export interface PutPlan extends StoredBetween {
  readonly plan: RetentionPlan;
  readonly key: string;
}

/** Of retention: it is no writer of the archive. */
const EPOCH = 0;
const SECOND_MS = 1_000;

/** Plans until the second is its own: two plans of one id would be two answers to one question. */
export async function putPlan(
  { store, lineage, clock, plan: makePlan }: RetentionDeps,
  options: CallOptions,
): Promise<PutPlan> {
  for (;;) {
    const plan = { ...(await makePlan(options)), store: store.url };
    const key = lineage.keys.retention.plan(plan.id);
    const began = clock.now();
    try {
      const put = await putRecord(store, key, RetentionPlan, plan, { epoch: EPOCH, ...options });
      if (put === 'created') return { plan, key, began, ended: clock.now() };
    } catch (error) {
      if (!isOpsError(error, 'WAL-CONFLICT')) throw error;
    }
    await clock.sleep(SECOND_MS, options.signal);
  }
}
