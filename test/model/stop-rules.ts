import type { AskedTarget } from './question.ts';
import type { TapeEvent, TapeRecord } from './tape.ts';
import type { VisibleWal } from './visible-wal.ts';

/**
 * How many of the visible records PostgreSQL replays before it stops by itself; `undefined` when it
 * meets no reason to stop before the WAL ends.
 *
 * @see PostgreSQL recoveryStopsBefore and recoveryStopsAfter, src/backend/access/transam/xlogrecovery.c
 */
export function stopOf(
  { records, replayFrom, consistentFrom }: VisibleWal,
  target: AskedTarget,
  exclusive: boolean,
): number | undefined {
  if (target.kind === 'latest') return undefined;
  if (target.kind === 'immediate') return consistentFrom;
  for (let index = replayFrom; index < records.length; index += 1) {
    const record = records[index];
    if (record === undefined) break;
    if (stopsBefore(record, target, exclusive)) return index;
    if (stopsAfter(record, target, exclusive)) return index + 1;
  }
  return undefined;
}

function stopsBefore(record: TapeRecord, target: AskedTarget, exclusive: boolean): boolean {
  if (target.kind === 'lsn') return exclusive && record.startLsn >= target.lsn;
  const { event } = record;
  if (!isEnding(event)) return false;
  if (target.kind === 'xid') return exclusive && isMark(record, target);
  if (target.kind !== 'time') return false;
  // Many transactions may share a time: all of them, or none.
  return exclusive ? event.micros >= target.micros : event.micros > target.micros;
}

function stopsAfter(record: TapeRecord, target: AskedTarget, exclusive: boolean): boolean {
  if (target.kind === 'lsn') return !exclusive && record.startLsn >= target.lsn;
  return isMark(record, target) && (target.kind === 'name' || !exclusive);
}

/** Whether `record` is the restore point or the end of the transaction that `target` names. */
export function isMark({ event }: TapeRecord, target: AskedTarget): boolean {
  if (target.kind === 'name') return event?.kind === 'restore-point' && event.name === target.name;
  return target.kind === 'xid' && isEnding(event) && event.xid === target.xid;
}

/** Whether `event` ends a transaction; replay takes no notice of any other for a time or a transaction. */
export function isEnding(
  event: TapeEvent | undefined,
): event is Extract<TapeEvent, { kind: 'commit' | 'abort' }> {
  return event?.kind === 'commit' || event?.kind === 'abort';
}
