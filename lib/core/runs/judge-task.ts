import { ERROR_CODES, type ErrorCode } from '../errors/codes.ts';
import type { KindOfWork } from './kinds-of-work.ts';
import type { OutcomeRecord } from './run-records.ts';
import type { StoppedTask } from './stopped-task.ts';

/** How a task ended, by rule. */
export interface Verdict {
  readonly verdict: OutcomeRecord['verdict'];
  /** One sentence, for people. */
  readonly reason: string;
  /** Absent after a success. */
  readonly errorCode?: ErrorCode;
}

/**
 * Stop codes of tasks that the platform ended: it took capacity back, or retired a machine.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
const FROM_OUTSIDE = new Set([
  'SpotInterruption',
  'TerminationNotice',
  'ServiceSchedulerInitiated',
  'InfrastructureHealth',
]);
/** Somebody's StopTask. */
const BY_HAND = 'UserInitiated';
const FAILED_TO_START = 'TaskFailedToStart';
const ABORTED = ERROR_CODES.ABORTED.exitCode;

/**
 * Judges a task that stopped.
 *
 * @param hasProof - whether what this task was to make is in the store: exit 0 alone proves nothing.
 */
export function judgeTask(
  task: StoppedTask,
  hasProof: boolean,
  { product, lacking }: Pick<KindOfWork, 'product' | 'lacking'>,
): Verdict {
  const { exitCode, stopCode, startedAt } = task;
  const said = task.containerReason ?? task.stoppedReason ?? 'ECS gives no reason';
  if (exitCode === 0 && hasProof) return { verdict: 'succeeded', reason: said };
  if (exitCode === undefined && (stopCode === FAILED_TO_START || startedAt === undefined)) {
    return { verdict: 'not-started', reason: said, errorCode: 'BACKUP-NOT-STARTED' };
  }
  if (stopCode === BY_HAND) return { verdict: 'stopped', reason: said, errorCode: 'ABORTED' };
  if (FROM_OUTSIDE.has(stopCode ?? '') || exitCode === ABORTED || exitCode === undefined) {
    return { verdict: 'interrupted', reason: said, errorCode: 'ABORTED' };
  }
  if (exitCode === 0) {
    const reason = `the task ended with 0, and no ${product} of its own is in the store`;
    return { verdict: 'failed', reason, errorCode: lacking };
  }
  return { verdict: 'failed', reason: said, errorCode: codeOfStatus(exitCode) };
}

/**
 * Whether another task is to take the place of this one: once, and only where it may end better. Who
 * stops a backup because it hurts wants no other.
 */
export function isWorthRetry({ verdict, errorCode }: Verdict, attempt: 1 | 2): boolean {
  if (attempt !== 1 || verdict === 'stopped' || errorCode === undefined) return false;
  return ERROR_CODES[errorCode].retryable;
}

/** The code of an exit status; a status that Holdfast does not give is a fault in it. */
function codeOfStatus(status: number): ErrorCode {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  return codes.find((code) => ERROR_CODES[code].exitCode === status) ?? 'INTERNAL';
}
