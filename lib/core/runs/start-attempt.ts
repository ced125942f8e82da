import { type RunAttempt, taskStartedBy } from '../contract/deployed-names.ts';
import { DeployedEnv } from '../contract/environment.ts';
import { Event } from '../contract/events.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Invocation } from '../ports/invocation.ts';
import type { Log } from '../ports/log.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { CapacityProvider, TaskRequest, TaskRunner } from '../ports/task-runner.ts';
import type { Lineage } from '../store/lineage.ts';
import { clientToken } from './client-token.ts';
import { planTry } from './plan-try.ts';
import { findRecord, putOnce } from './put-once.ts';
import { TaskRecord } from './run-records.ts';

/** What functions that start tasks work with. */
export interface RunContext {
  readonly environment: string;
  readonly cluster: string;
  readonly store: ObjectStore;
  readonly runner: TaskRunner;
  readonly invocation: Invocation;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A task that is there. */
export interface StartedTask {
  readonly taskArn: string;
  /** Whether this call recorded it; at most one call for an attempt does. */
  readonly isNew: boolean;
}

/**
 * The task that was started for `attempt`, by this or an earlier invocation; `undefined` when there is
 * none. One that ECS knows and the store does not was started by a function that died: it is recorded.
 *
 * @throws {@link OpsError} those of the store and of {@link TaskRunner.tasks}.
 */
export async function findAttempt(
  context: RunContext,
  lineage: Lineage,
  attempt: RunAttempt,
): Promise<StartedTask | undefined> {
  const { store, runner, signal } = context;
  const key = taskKey(lineage, attempt);
  const record = await findRecord(store, key, TaskRecord, { signal });
  if (record !== undefined) return { taskArn: record.taskArn, isNew: false };
  const startedBy = taskStartedBy(attempt);
  const tasks = await runner.tasks({ signal });
  const standing = tasks.find((task) => task.startedBy === startedBy);
  return standing && recordTask(context, lineage, attempt, standing.taskArn);
}

/**
 * Starts the task of `attempt`, for which {@link findAttempt} found none, and records it.
 *
 * @throws {@link OpsError} `BACKUP-NOT-STARTED` when ECS had no room within the time that is left, or
 *   refused; those of the store and of {@link TaskRunner}.
 */
export async function startAttempt(
  context: RunContext,
  lineage: Lineage,
  attempt: RunAttempt,
  provider: CapacityProvider,
): Promise<StartedTask> {
  const { taskArn, ranOn } = await runTask(context, attempt, provider);
  const started = await recordTask(context, lineage, attempt, taskArn);
  const { kind, occurrence, attempt: number } = attempt;
  context.log.info(Event.RUN_STARTED, {
    cluster: context.cluster,
    kind,
    occurrence,
    attempt: number,
    task_arn: taskArn,
    provider: ranOn,
  });
  return started;
}

/** Tries until ECS names a task. The token stays the same: whatever the provider, there is one task. */
async function runTask(
  { environment, cluster, runner, invocation, clock, signal }: RunContext,
  attempt: RunAttempt,
  wanted: CapacityProvider,
): Promise<{ readonly taskArn: string; readonly ranOn: CapacityProvider }> {
  const request: Omit<TaskRequest, 'capacityProvider'> = {
    environment: {
      [DeployedEnv.OCCURRENCE]: attempt.occurrence,
      [DeployedEnv.ATTEMPT]: String(attempt.attempt),
    },
    startedBy: taskStartedBy(attempt),
    clientToken: clientToken({ environment, cluster, ...attempt }),
  };
  let hadNoRoom = false;
  let reason = '';
  for (let tries = 0; ; tries += 1) {
    const leftMs = invocation.remainingMs();
    const next = planTry({ tries, wanted, hadNoRoom, leftMs, chance: Math.random() });
    if (next === undefined) throw notStarted(tries, reason);
    await clock.sleep(next.pauseMs, signal);
    const capacityProvider = next.provider;
    const answer = await runner.start({ ...request, capacityProvider }, { signal });
    if ('taskArn' in answer) return { taskArn: answer.taskArn, ranOn: capacityProvider };
    hadNoRoom ||= answer.refusal === 'no-room';
    reason = answer.reason;
  }
}

async function recordTask(
  context: RunContext,
  lineage: Lineage,
  attempt: RunAttempt,
  taskArn: string,
): Promise<StartedTask> {
  const { store, clock, signal } = context;
  const record = { taskArn, at: clock.now() };
  const put = await putOnce(store, taskKey(lineage, attempt), TaskRecord, record, { signal });
  return { taskArn: put.record.taskArn, isNew: put.isNew };
}

function taskKey({ keys }: Lineage, { kind, occurrence, attempt }: RunAttempt): string {
  return keys.run(kind, occurrence).task(attempt);
}

function notStarted(tries: number, reason: string): OpsError {
  return new OpsError('BACKUP-NOT-STARTED', `ECS started no task at ${tries} tries: ${reason}`, {
    hint: 'for capacity: wait, or give the tasks subnets in more zones; for a limit: see the quotas of Fargate',
  });
}
