import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import type { Lsn } from '../../lib/core/wal/lsn.ts';
import { sightingsElsewhere } from './elsewhere.ts';
import type { Facts, PathRecord } from './facts.ts';
import type { AskedTarget, Question } from './question.ts';
import { type State, stateAfter } from './state-at.ts';
import { isEnding, isMark, stopOf } from './stop-rules.ts';
import { type VisibleWal, visibleAlong } from './visible-wal.ts';

/** A recovery that must succeed, and what it must find. */
export interface Recovered {
  readonly kind: 'recovered';
  readonly backupId: string;
  readonly timeline: number;
  /** Where the new timeline begins: the end of the last record replayed. */
  readonly endLsn: Lsn;
  /** Of the last transaction replayed since the backup began, in microseconds. */
  readonly lastMicros: bigint | undefined;
  readonly state: State;
  /**
   * Whether PostgreSQL may fail to bring a prepared transaction back: replay has read the branch's
   * segment under its new name and stops before the branch, and the transaction is then looked for
   * under the old one.
   *
   * @see PostgreSQL XlogReadTwoPhaseData, src/backend/access/transam/twophase.c
   */
  readonly mayLosePrepared: boolean;
  /** What may be answered instead, where asking back does no harm. */
  readonly orRefused: Refused | undefined;
}

/** A recovery that must be refused before anything is downloaded. */
export interface Refused {
  readonly kind: 'refused';
  /** With one of these, when there are several reasons. */
  readonly codes: readonly ErrorCode[];
  readonly why: string;
}

/** What the model says to a question. */
export type Verdict = Recovered | Refused;

/** A question on one timeline, along the backups that lead there, oldest first. */
interface Placing {
  readonly target: AskedTarget;
  readonly exclusive: boolean;
  readonly timeline: number;
  readonly along: readonly VisibleWal[];
  readonly isBackupChosen: boolean;
  readonly nowMicros: bigint;
}

/** Clocks here are read to the millisecond. */
const MICROS_PER_MS = 1000n;
/** What cannot be stopped just before. */
const WITHOUT_BEFORE: ReadonlySet<AskedTarget['kind']> = new Set(['name', 'latest', 'immediate']);

/**
 * What must come of a question, from what the servers did, from PostgreSQL's rules for stopping, and
 * from what Holdfast promises besides: later than the end means latest unless a gap hides what came
 * later, and nothing abandoned is recovered unless its timeline is named.
 */
export function predict(facts: Facts, question: Question, nowMicros: bigint): Verdict {
  const { target, choices } = question;
  const faults = faultsOf(facts, question);
  if (faults.length > 0) return refused(faults, 'it cannot be asked for');
  const timeline = choices.timeline ?? facts.writerTimeline;
  const along = visibleAlong(facts, timeline).filter(
    ({ backup }) => choices.backupId === undefined || backup.id === choices.backupId,
  );
  const exclusive = choices.exclusive === true;
  const isBackupChosen = choices.backupId !== undefined;
  const placing = { target, exclusive, timeline, along, isBackupChosen, nowMicros };
  const here = place(facts, placing);
  if (choices.timeline !== undefined || isInFuture(target, nowMicros)) return here;
  const elsewhere = sightingsElsewhere(facts, timeline, target);
  if (elsewhere === 'none') return here;
  const asksBack = refused(['RESTORE-TARGET'], 'it lies on an abandoned stretch');
  if (here.kind === 'refused') {
    return refused([...here.codes, ...asksBack.codes], `${here.why}, and on an abandoned stretch`);
  }
  return elsewhere === 'certain' ? asksBack : { ...here, orRefused: asksBack };
}

/** What is wrong with a question whatever the WAL holds. */
function faultsOf(facts: Facts, { target, choices }: Question): readonly ErrorCode[] {
  const { timeline, backupId, exclusive } = choices;
  const faults: ErrorCode[] = [];
  if (exclusive === true && WITHOUT_BEFORE.has(target.kind)) faults.push('RESTORE-TARGET');
  const followed = timeline ?? facts.writerTimeline;
  if (followed !== 1 && !facts.histories.has(followed)) faults.push('RESTORE-TARGET');
  const isUnknown = facts.backups.every(({ id }) => id !== backupId);
  if (backupId !== undefined && isUnknown) faults.push('CATALOG-BACKUP');
  return faults;
}

function place(facts: Facts, placing: Placing): Verdict {
  const { target, along, nowMicros, exclusive, isBackupChosen } = placing;
  if (along.length === 0) return refused(['RESTORE-WINDOW'], 'no backup leads there');
  if (isInFuture(target, nowMicros)) return refused(['RESTORE-WINDOW'], 'it is in the future');
  if (target.kind === 'xid' || target.kind === 'name') {
    const marks = marksAlong(along, target);
    if (marks === 0) return refused(['RESTORE-TARGET'], 'it is not in the WAL');
    if (marks > 1 && !isBackupChosen) {
      return refused(['RESTORE-TARGET'], 'it occurs several times');
    }
  }
  const visible = along.findLast((one) => endsBefore(one, target));
  if (visible === undefined) return refused(['RESTORE-WINDOW'], 'no backup ends before it');
  const { records, hasGap } = visible;
  const count = stopOf(visible, target, exclusive);
  if (count !== undefined) return recovered(facts, visible, placing, count);
  const isWithin = target.kind === 'lsn' && target.lsn <= (records.at(-1)?.endLsn ?? 0n);
  if (hasGap && !isWithin) return refused(['RESTORE-WINDOW'], 'it is behind a gap');
  if (target.kind === 'lsn' && !isWithin) {
    return refused(['RESTORE-WINDOW'], 'it is past the end of the WAL');
  }
  return recovered(facts, visible, placing, records.length);
}

/** How many records of that name or transaction some backup could stop at, or passes by too early. */
function marksAlong(along: readonly VisibleWal[], target: AskedTarget): number {
  const marks = along.flatMap(({ records, replayFrom }) =>
    records.slice(replayFrom).filter((record) => isMark(record, target)),
  );
  return new Set(marks.map(({ timeline, startLsn }) => `${timeline} ${startLsn}`)).size;
}

/** Whether the backup is whole before `target`. */
function endsBefore(visible: VisibleWal, target: AskedTarget): boolean {
  const { backup, consistentFrom } = visible;
  if (target.kind === 'time') return backup.finishedMicros <= target.micros;
  if (target.kind === 'lsn') return backup.stopLsn <= target.lsn;
  if (target.kind === 'latest' || target.kind === 'immediate') return true;
  const count = stopOf(visible, target, false);
  return count !== undefined && count > consistentFrom;
}

function isInFuture(target: AskedTarget, nowMicros: bigint): boolean {
  return target.kind === 'time' && target.micros / MICROS_PER_MS > nowMicros / MICROS_PER_MS;
}

function recovered(
  facts: Facts,
  { backup, records, replayFrom }: VisibleWal,
  { timeline }: Placing,
  count: number,
): Recovered {
  const state = stateAfter(facts, records.slice(0, count));
  const replayed = records.slice(0, count);
  return {
    kind: 'recovered',
    backupId: backup.id,
    timeline,
    endLsn: replayed.at(-1)?.endLsn ?? 0n,
    lastMicros: lastEnding(replayed.slice(replayFrom)),
    state,
    mayLosePrepared: state.prepared.size > 0 && replayed.at(-1)?.timeline !== timeline,
    orRefused: undefined,
  };
}

function lastEnding(records: readonly PathRecord[]): bigint | undefined {
  const ending = records.findLast(({ event }) => isEnding(event))?.event;
  return isEnding(ending) ? ending.micros : undefined;
}

function refused(codes: readonly ErrorCode[], why: string): Refused {
  return { kind: 'refused', codes, why };
}
