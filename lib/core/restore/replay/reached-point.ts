import { OpsError } from '../../errors/ops-error.ts';
import { formatLsn, type Lsn } from '../../wal/lsn.ts';
import { toDate } from '../../wal/micros.ts';
import type { ParentTimeline, TimelineHistory } from '../../wal/timeline-history.ts';
import type { RecoveryPlan } from '../plan/recovery-plan.ts';
import { formatTarget, type RecoveryTarget } from '../plan/target.ts';
import type { TargetTime } from '../plan/target-time.ts';

/** What a recovered server says of where it stopped. */
export interface ReachedState {
  /** Of the timeline it began, from its new history file. */
  readonly history: TimelineHistory;
  /** Last transaction replayed; `undefined` when there was none since the backup. */
  readonly lastTransaction: TargetTime | undefined;
}

/** Where a recovery stopped. */
export interface ReachedPoint {
  /** Where the new timeline begins. */
  readonly lsn: Lsn;
  /** Of the last transaction replayed; `undefined` when there was none since the backup. */
  readonly time: Date | undefined;
}

/** @see PostgreSQL getRecoveryStopReason, src/backend/access/transam/xlogrecovery.c */
const REASONS: Readonly<Record<RecoveryTarget['kind'], RegExp>> = {
  time: /^before \d{4}-|^after \d{4}-/,
  lsn: /^(before|after) LSN /,
  xid: /^(before|after) transaction /,
  name: /^at restore point /,
  immediate: /^reached consistency/,
  latest: /^no recovery target specified/,
};

/**
 * Compares where a recovery stopped with where it was to stop.
 *
 * @throws {@link OpsError} `RESTORE-MISMATCH` when it followed another timeline, stopped for another
 *   reason or elsewhere than planned, or before the end of the WAL when all of it was wanted.
 * @see PostgreSQL recoveryStopsAfter, src/backend/access/transam/xlogrecovery.c, for the last time
 */
export function assertReached(plan: RecoveryPlan, state: ReachedState): ReachedPoint {
  const parent = state.history.parents.at(-1);
  if (parent === undefined) {
    throw mismatch(plan, `timeline ${state.history.timeline} came from no other`);
  }
  const lsn = parent.endLsn;
  const complaint = [
    timelineComplaint(plan, parent),
    lsnComplaint(plan, lsn),
    timeComplaint(plan, state.lastTransaction),
    REASONS[plan.stopAt.kind].test(parent.reason) ? undefined : `it stopped "${parent.reason}"`,
  ].find((each) => each !== undefined);
  if (complaint !== undefined) throw mismatch(plan, complaint);
  // PostgreSQL notes the time of a transaction only after it has seen that this is where an LSN stops.
  const { stopTime } = plan;
  return { lsn, time: stopTime === undefined ? state.lastTransaction?.time : toDate(stopTime) };
}

function timelineComplaint({ timeline }: RecoveryPlan, parent: ParentTimeline): string | undefined {
  if (parent.timeline === timeline) return undefined;
  return `it followed timeline ${parent.timeline} instead of ${timeline}`;
}

function lsnComplaint(
  { backup, stopLsn, stopAt, window }: RecoveryPlan,
  lsn: Lsn,
): string | undefined {
  const at = `it stopped at ${formatLsn(lsn)}`;
  if (lsn < backup.stopLsn) return `${at}, before the backup was consistent`;
  if (stopLsn !== undefined && lsn !== stopLsn) return `${at} instead of ${formatLsn(stopLsn)}`;
  // More may have been archived since the recovery was planned, but no less.
  const isShort = stopAt.kind === 'latest' && lsn < window.toLsn;
  return isShort ? `${at}, before the end of the WAL at ${formatLsn(window.toLsn)}` : undefined;
}

function timeComplaint(
  { target, inclusive }: RecoveryPlan,
  last: TargetTime | undefined,
): string | undefined {
  if (target.kind !== 'time' || last === undefined) return undefined;
  const isPast = inclusive ? last.micros > target.micros : last.micros >= target.micros;
  return isPast ? `it replayed a transaction of ${last.text}` : undefined;
}

function mismatch({ target, timeline }: RecoveryPlan, what: string): OpsError {
  return new OpsError(
    'RESTORE-MISMATCH',
    `recovery to ${formatTarget(target)} went wrong: ${what}`,
    {
      hint: 'do not use this directory; run the recovery again, and report this with the log in it',
      details: { target: formatTarget(target), timeline },
    },
  );
}
