import { Event } from '../contract/events.ts';
import type { GuardProof } from '../ports/guard-proof.ts';
import type { Log } from '../ports/log.ts';

/** What {@link proveGuard} works with. */
export interface ProveGuardContext {
  readonly cluster: string;
  readonly kmsKey: string;
  readonly proof: GuardProof;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Makes the harmless change that the guard must hear of: whoever judges changes says so by a metric, and an
 * alarm counts its silence. Nothing else tells a trail that was stopped from a quiet week.
 *
 * @throws {@link OpsError} `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED`.
 */
export async function proveGuard(
  { scheduledTime }: { readonly scheduledTime: string },
  { cluster, kmsKey, proof, log, signal }: ProveGuardContext,
): Promise<void> {
  await proof.mark(kmsKey, new Date(scheduledTime), { signal });
  log.info(Event.GUARD_PROOF_MADE, { cluster, scheduled_time: scheduledTime });
}
