import type { AuditRecord, AuditState, Stage } from './audit-record.ts';
import { type LaneProgress, fromLaneRecord, toLaneRecord, UNLISTED } from './scan-lane.ts';
import { NOTHING_HIDDEN } from './scan-hidden.ts';
import { NO_OTHER } from './scan-other.ts';

/** An {@link AuditState} that is worked on. */
export interface WorkingState extends Omit<AuditState, 'index' | 'wal'> {
  readonly index: LaneProgress;
  readonly wal: LaneProgress;
}

/** One look at the store, which may take several audits. */
export interface Pass extends Pick<AuditRecord, 'pass' | 'startedAt' | 'stage' | 'fullAt'> {
  readonly state: WorkingState;
}

/** A day, less what an hourly schedule may be late: it must not move on by an hour each day. */
const FULL_EVERY_MS = 23.5 * 3_600_000;
/** A pass that was left for longer tells of another time: it is begun anew. */
const LEFT_MS = 2 * 86_400_000;

/** The stages of a pass in their order; an incremental one does not list what is neither archive nor backup. */
export const STAGES: Readonly<Record<Pass['pass'], readonly Stage[]>> = {
  full: ['other', 'base', 'index', 'wal', 'hidden', 'done'],
  incremental: ['base', 'index', 'wal', 'hidden', 'done'],
};

/** The pass to go on with: the one that was left, or a new one on top of what was seen last. */
export function beginPass(
  previous: AuditRecord | undefined,
  now: Date,
  segmentBytes: number,
): Pass {
  const { fullAt, stage, startedAt } = previous ?? {};
  const isLeft = stage !== undefined && stage !== 'done';
  const isUsable = (since: Date | undefined, ms: number): boolean =>
    since !== undefined && now.getTime() - since.getTime() < ms && since <= now;
  if (previous !== undefined && isLeft && isUsable(startedAt, LEFT_MS)) {
    const { pass } = previous;
    return {
      pass,
      startedAt: startedAt ?? now,
      stage,
      fullAt,
      state: open(previous, segmentBytes),
    };
  }
  if (previous === undefined || isLeft || !isUsable(fullAt, FULL_EVERY_MS)) {
    return fullPass(previous, now);
  }
  const state = open(previous, segmentBytes);
  return { pass: 'incremental', startedAt: now, stage: 'base', fullAt, state };
}

/** A pass that lists everything. */
export function fullPass(previous: AuditRecord | undefined, now: Date): Pass {
  const state: WorkingState = {
    other: NO_OTHER,
    whole: [],
    broken: [],
    strays: [],
    known: previous?.state.known ?? [],
    index: UNLISTED,
    wal: UNLISTED,
    hidden: NOTHING_HIDDEN,
  };
  return { pass: 'full', startedAt: now, stage: 'other', fullAt: previous?.fullAt, state };
}

/** As it is kept: of a pass that is done without what the next one lists again. */
export function closeState({ state, stage }: Pass, segmentBytes: number): AuditState {
  const isDone = stage === 'done';
  return {
    ...state,
    index: toLaneRecord(state.index, isDone, segmentBytes),
    wal: toLaneRecord(state.wal, isDone, segmentBytes),
  };
}

function open({ state }: AuditRecord, segmentBytes: number): WorkingState {
  return {
    ...state,
    index: fromLaneRecord(state.index, segmentBytes),
    wal: fromLaneRecord(state.wal, segmentBytes),
  };
}
