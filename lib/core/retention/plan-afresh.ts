import type { CallOptions } from '../ports/object-store.ts';
import { planRetention } from './plan/plan-retention.ts';
import { type PlanRequest, readRetentionFacts } from './read-retention-facts.ts';
import type { RetentionPlan } from './retention-plan.ts';

/**
 * Plans from what the store has now.
 *
 * @throws {@link OpsError} as {@link planRetention} and {@link readRetentionFacts}.
 */
export async function planAfresh(
  request: PlanRequest,
  options: CallOptions = {},
): Promise<RetentionPlan> {
  return planRetention(await readRetentionFacts(request, options));
}
