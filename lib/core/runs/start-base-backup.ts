import { z } from 'zod';
import { occurrenceId, type RunAttempt, RunKind } from '../contract/deployed-names.ts';
import { Event } from '../contract/events.ts';
import { BACKUP_LEASE } from '../contract/key-layout.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { MetricReader } from '../ports/metric-reader.ts';
import type { CapacityProvider } from '../ports/task-runner.ts';
import { currentLineage } from '../store/current-lineage.ts';
import { leaseHolder } from '../store/lease.ts';
import type { Lineage } from '../store/lineage.ts';
import { findRecord, putOnce } from './put-once.ts';
import { ClaimRecord, OutcomeRecord } from './run-records.ts';
import { findAttempt, type RunContext, startAttempt } from './start-attempt.ts';
import { assertCanStart, FRESH_MINUTES, START_METRICS, type StartFacts } from './start-checks.ts';
import { turnAt } from './turn.ts';

/**
 * What EventBridge Scheduler sends, its context attribute filled in.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export const ScheduledBackup = z.object({
  scheduledTime: z.iso.datetime().transform((text) => new Date(text)),
  kind: z.literal(RunKind.BASE_BACKUP),
});
export type ScheduledBackup = z.output<typeof ScheduledBackup>;

/** What {@link startBaseBackup} works with. */
export interface StarterContext extends RunContext {
  readonly metrics: MetricReader;
  readonly capacityProvider: CapacityProvider;
  /** Archive lag in seconds past which no backup starts. */
  readonly archiveLagLimitSec: number;
}

/** What became of an occurrence. */
export type StartResult =
  | { readonly taskArn: string }
  | { readonly skipped: 'too-old' | 'started' | 'judged' };

/** A backup that comes much later than it was meant to meets the next one. */
const MAX_AGE_MS = 6 * 3_600_000;

/**
 * Starts the base backup of a scheduled time, once: however often and by however many it is called, there
 * is one task. A refusal ends nothing: the claim stays, and the repeated call goes on in its place.
 *
 * @throws {@link OpsError} `BACKUP-BUSY` while another invocation is at this occurrence, or another base
 *   backup runs; `BACKUP-ARCHIVING`, `BACKUP-ROOM`; `BACKUP-NOT-STARTED`; `CATALOG-CLUSTER`; `AWS-DENIED`,
 *   `AWS-ABSENT`, `AWS-FAILED`; and the store's own.
 */
export async function startBaseBackup(
  { scheduledTime, kind }: ScheduledBackup,
  context: StarterContext,
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
  assertCanStart(await readFacts(context, lineage), context.archiveLagLimitSec);
  const { taskArn } = await startAttempt(context, lineage, attempt, context.capacityProvider);
  return { taskArn };
}

/**
 * Claims an occurrence, or goes on in the place of whoever claimed it and left.
 *
 * @returns what was done for it already, if anything was.
 */
async function claimOccurrence(
  context: StarterContext,
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

async function readFacts(
  { store, runner, metrics, clock, signal }: StarterContext,
  { keys }: Lineage,
): Promise<StartFacts> {
  const [holder, tasks, newest] = await Promise.all([
    leaseHolder(store, keys.lease(BACKUP_LEASE), clock.now(), { signal }),
    runner.tasks({ signal }),
    metrics.newest(START_METRICS, FRESH_MINUTES, { signal }),
  ]);
  const runningTask = tasks.find(({ isStopped }) => !isStopped)?.taskArn;
  return { leaseHolder: holder, runningTask, metrics: newest };
}
