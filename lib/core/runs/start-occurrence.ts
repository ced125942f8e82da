import { occurrenceId, type RunAttempt, type RunKind } from '../contract/deployed-names.ts';
import { Event } from '../contract/events.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { CapacityProvider } from '../ports/task-runner.ts';
import { currentLineage } from '../store/current-lineage.ts';
import type { Lineage } from '../store/lineage.ts';
import { findRecord, putOnce } from './put-once.ts';
import { ClaimRecord, OutcomeRecord } from './run-records.ts';
import { findAttempt, type RunContext, startAttempt } from './start-attempt.ts';
import { turnAt } from './turn.ts';

/** What functions that start scheduled tasks work with. */
export interface OccurrenceContext extends RunContext {
  readonly capacityProvider: CapacityProvider;
}

/** A scheduled time, and what is due then. */
export interface Occurrence {
  readonly scheduledTime: Date;
  readonly kind: RunKind;
}

/** What became of an occurrence. */
export type StartResult =
  | { readonly taskArn: string }
  | { readonly skipped: 'too-old' | 'started' | 'judged' };

/** A task that comes much later than it was meant to meets the next one. */
const MAX_AGE_MS = 6 * 3_600_000;

/**
 * Starts the task of a scheduled time, once: however often and by however many it is called, there is one
 * task. A refusal ends nothing: the claim stays, and the repeated call goes on in its place.
 *
 * @param assertCanStart - called once the occurrence is claimed; what it throws is the refusal.
 * @throws {@link OpsError} `BACKUP-BUSY` while another invocation is at this occurrence;
 *   `BACKUP-NOT-STARTED`; `CATALOG-CLUSTER`; `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`; the store's own; and
 *   whatever `assertCanStart` throws.
 */
export async function startOccurrence(
  { scheduledTime, kind }: Occurrence,
  context: OccurrenceContext,
  assertCanStart: (lineage: Lineage) => Promise<void>,
): Promise<StartResult> {
  const { cluster, store, clock, log, signal } = context;
  const attempt: RunAttempt = { kind, occurrence: occurrenceId(scheduledTime), attempt: 1 };
  const run = { cluster, kind, occurrence: attempt.occurrence };
  if (clock.now().getTime() - scheduledTime.getTime() > MAX_AGE_MS) {
    log.warn(Event.RUN_SKIPPED, { ...run, reason: 'too-old' });
    return { skipped: 'too-old' };
  }
  const { lineage } = await currentLineage(store, cluster, { signal });
  const done = await claimOccurrence(context, lineage, attempt);
  if (done !== undefined) {
    log.info(Event.RUN_SKIPPED, { ...run, reason: done.skipped, task_arn: done.taskArn });
    return { skipped: done.skipped };
  }
  await assertCanStart(lineage);
  const { taskArn } = await startAttempt(context, lineage, attempt, context.capacityProvider);
  return { taskArn };
}

/**
 * Claims an occurrence, or goes on in the place of whoever claimed it and left.
 *
 * @returns what was done for it already, if anything was.
 */
async function claimOccurrence(
  context: OccurrenceContext,
  lineage: Lineage,
  attempt: RunAttempt,
): Promise<{ readonly skipped: 'started' | 'judged'; readonly taskArn: string } | undefined> {
  const { cluster, store, clock, log, invocation, signal } = context;
  const { kind, occurrence } = attempt;
  const keys = lineage.keys.run(kind, occurrence);
  const wanted = { by: invocation.id, at: clock.now() };
  const claim = await putOnce(store, keys.claim, ClaimRecord, wanted, { signal });
  if (claim.isNew) {
    log.info(Event.RUN_CLAIMED, { cluster, kind, occurrence });
    return undefined;
  }
  // Whoever claimed it may have died at any point since: what was done is looked for, not guessed.
  const outcome = await findRecord(store, keys.outcome(attempt.attempt), OutcomeRecord, { signal });
  if (outcome !== undefined) return { skipped: 'judged', taskArn: outcome.taskArn };
  const standing = await findAttempt(context, lineage, attempt);
  if (standing !== undefined) return { skipped: 'started', taskArn: standing.taskArn };
  if (turnAt(claim.record, invocation.id, clock.now()) !== 'busy') return undefined;
  throw new OpsError('BACKUP-BUSY', `invocation ${claim.record.by} is starting ${occurrence}`, {
    hint: 'nothing to do: the call is repeated, and finds what became of it',
  });
}
