import { OpsError } from '../../errors/ops-error.ts';
import { formatLsn, type Lsn } from '../../wal/lsn.ts';
import { segmentNumberAt } from '../../wal/segment.ts';
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
 *   reason, went past the target, or stopped before the end of the WAL when all of it was wanted.
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
  return { lsn, time: state.lastTransaction?.time };
}

function timelineComplaint({ timeline }: RecoveryPlan, parent: ParentTimeline): string | undefined {
  if (parent.timeline === timeline) return undefined;
  return `it followed timeline ${parent.timeline} instead of ${timeline}`;
}

function lsnComplaint(plan: RecoveryPlan, lsn: Lsn): string | undefined {
  const { backup, stopAt, target, inclusive, window } = plan;
  const at = `it stopped at ${formatLsn(lsn)}`;
  if (lsn < backup.stopLsn) return `${at}, before the backup was consistent`;
  if (target.kind === 'lsn') {
    // Inclusively the record that begins at the target is replayed, so the end lies behind it.
    const isPast = lsn > target.lsn && (!inclusive || stopAt.kind === 'latest');
    const isShort = stopAt.kind === 'lsn' && inclusive && lsn <= target.lsn;
    if (isPast || isShort) return `${at}, ${isPast ? 'past' : 'before'} ${formatLsn(target.lsn)}`;
  }
  if (stopAt.kind !== 'latest') return undefined;
  const last = plan.segments.at(-1)?.last ?? 0n;
  // The last segment may hold nothing but the start of a record that never ended.
  const isAtEnd = segmentNumberAt(lsn, backup.segmentBytes) >= last || lsn >= window.toLsn;
  return isAtEnd ? undefined : `${at}, before the end of the WAL at ${formatLsn(window.toLsn)}`;
}

function timeComplaint(
  { target, stopAt, inclusive }: RecoveryPlan,
  last: TargetTime | undefined,
): string | undefined {
  if (target.kind !== 'time' || last === undefined) return undefined;
  // The end of a window is known to the millisecond.
  const isPast =
    stopAt.kind === 'latest'
      ? last.time > target.time
      : last.text > target.text || (!inclusive && last.text === target.text);
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
