import { parseStartedBy, type RunAttempt } from '../contract/deployed-names.ts';
import { Event } from '../contract/events.ts';
import type { LogFields } from '../ports/log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type CurrentLineage, currentLineage } from '../store/current-lineage.ts';
import { taskFamily } from './ecs-arns.ts';
import { isWorthRetry, judgeTask } from './judge-task.ts';
import { KINDS_OF_WORK } from './kinds-of-work.ts';
import { findRecord, putOnce, type PutOnce } from './put-once.ts';
import { OutcomeRecord, TaskRecord } from './run-records.ts';
import { findAttempt, type RunContext, startAttempt } from './start-attempt.ts';
import type { StoppedTask } from './stopped-task.ts';
import { taskLogUrl } from './task-log-url.ts';
import { turnAt } from './turn.ts';

/** What {@link settleTask} works with. */
export interface JudgeContext extends RunContext {
  /** ARN of the definition whose tasks are judged, in any revision. */
  readonly taskDefinition: string;
  /** Name of the log group that tasks write to. */
  readonly taskLogGroup: string;
  readonly telemetry: Telemetry;
}

/** Why an event changed nothing. */
export type Unsettled = 'not-ours' | 'other-task' | 'judged' | 'busy';

/** What an event came to. */
export type SettleResult = Pick<OutcomeRecord, 'verdict' | 'isRetried'> | { skipped: Unsettled };

/**
 * Judges a task that stopped, and starts the only retry when it is worth one. Events repeat, overtake
 * each other, and may come before the start was recorded: the first that is judged stands, and whoever
 * finds it without the retry that it names starts that.
 *
 * A task that failed is no failure here.
 *
 * @throws {@link OpsError} `BACKUP-NOT-STARTED` when the retry could not be started; `CATALOG-CLUSTER`;
 *   `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`; and the store's own.
 */
export async function settleTask(task: StoppedTask, context: JudgeContext): Promise<SettleResult> {
  const { cluster, log, store, clock, invocation, signal } = context;
  const isOfFamily = taskFamily(task.taskDefinitionArn) === taskFamily(context.taskDefinition);
  const attempt = parseStartedBy(task.startedBy ?? '');
  const skip = (skipped: Unsettled): SettleResult => {
    log.info(Event.RUN_SKIPPED, { cluster, ...attempt, reason: skipped, task_arn: task.taskArn });
    return { skipped };
  };
  if (!isOfFamily || attempt === undefined) return skip('not-ours');
  const current = await currentLineage(store, cluster, { signal });
  const judged = await judgeOnce(task, attempt, current, context);
  if (judged?.record.taskArn !== task.taskArn) return skip('other-task');
  const { record, isNew } = judged;
  const turn = isNew ? 'own' : turnAt(record, invocation.id, clock.now());
  if (turn === 'busy') return skip('busy');
  const isRetryNew = record.isRetried && (await ensureRetry(attempt, current, context));
  // Told by one only: by whoever judged it, or made good what that one left undone.
  if (turn === 'left' && !isRetryNew) return skip('judged');
  tell(record, attempt, context);
  return { verdict: record.verdict, isRetried: record.isRetried };
}

/**
 * The outcome of an attempt: the one that stands, or else the one of `task`; `undefined` when another
 * task was started for this attempt.
 */
async function judgeOnce(
  task: StoppedTask,
  { kind, occurrence, attempt }: RunAttempt,
  current: CurrentLineage,
  { store, clock, invocation, signal }: JudgeContext,
): Promise<PutOnce<OutcomeRecord> | undefined> {
  const { lineage } = current;
  const keys = lineage.keys.run(kind, occurrence);
  const standing = await findRecord(store, keys.outcome(attempt), OutcomeRecord, { signal });
  if (standing !== undefined) return { record: standing, isNew: false };
  const started = await findRecord(store, keys.task(attempt), TaskRecord, { signal });
  if (started !== undefined && started.taskArn !== task.taskArn) return undefined;
  const { taskArn, exitCode, stopCode, startedAt, stoppedAt } = task;
  const work = KINDS_OF_WORK[kind];
  const proof = exitCode === 0 ? await work.findProof(store, current, task, { signal }) : undefined;
  const verdict = judgeTask(task, proof !== undefined, work);
  const outcome: OutcomeRecord = {
    taskArn,
    ...verdict,
    exitCode,
    stopCode,
    isRetried: isWorthRetry(verdict, attempt),
    startedAt,
    stoppedAt,
    backup: proof?.backup,
    by: invocation.id,
    at: clock.now(),
  };
  return putOnce(store, keys.outcome(attempt), OutcomeRecord, outcome, { signal });
}

/** Makes sure that the retry runs or ran, on capacity that is not taken back; whether this call began it. */
async function ensureRetry(
  attempt: RunAttempt,
  { lineage }: CurrentLineage,
  context: JudgeContext,
): Promise<boolean> {
  const retry: RunAttempt = { ...attempt, attempt: 2 };
  const standing = await findAttempt(context, lineage, retry);
  const { isNew } = standing ?? (await startAttempt(context, lineage, retry, 'FARGATE'));
  return isNew;
}

function tell(
  outcome: OutcomeRecord,
  { kind, occurrence, attempt }: RunAttempt,
  { cluster, log, telemetry, taskLogGroup }: JudgeContext,
): void {
  for (const [metric, value] of KINDS_OF_WORK[kind].metrics(outcome)) telemetry.add(metric, value);
  telemetry.flush();
  const { verdict, reason, errorCode, exitCode, stopCode, isRetried, taskArn, backup } = outcome;
  const fields: LogFields = {
    cluster,
    kind,
    occurrence,
    attempt,
    verdict,
    reason,
    error_code: errorCode,
    exit_code: exitCode,
    stop_code: stopCode,
    retried: isRetried,
    backup_id: backup?.id,
    task_arn: taskArn,
    task_log: taskLogUrl(taskArn, taskLogGroup),
  };
  if (verdict === 'succeeded') log.info(Event.RUN_JUDGED, fields);
  else if (isRetried) log.warn(Event.RUN_JUDGED, fields);
  else log.error(Event.RUN_JUDGED, fields);
}
