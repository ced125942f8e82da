import type { ObjectStore } from '../../ports/object-store.ts';
import type { LaneRecord } from './audit-record.ts';
import {
  fromTallyRecord,
  joinTallies,
  type Lane,
  type LaneTally,
  NO_TALLY,
  tallyBuilder,
  toTallyRecord,
} from './lane-tally.ts';

/** How far a lane was listed; see {@link LaneRecord}. */
export interface LaneProgress {
  readonly settled: LaneTally;
  readonly settledTo: string | undefined;
  readonly rest: LaneTally;
  readonly readTo: string | undefined;
}

/** What a scan came to. */
export interface ScannedLane extends LaneProgress {
  /** Whether the listing came to its end. */
  readonly isDone: boolean;
  /** When the first segment of each new run came, by its name. */
  readonly arrivals: ReadonlyMap<string, Date>;
}

/** What a scan goes by. */
export interface ScanOptions {
  readonly segmentBytes: number;
  /** What came before this moment, as long as nothing newer sorts before it, is settled. */
  readonly settleBefore: Date;
  /** Whether to stop here and leave the rest to the next audit. */
  readonly isTimeUp: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Of a lane that nobody listed. */
export const UNLISTED: LaneProgress = {
  settled: NO_TALLY,
  settledTo: undefined,
  rest: NO_TALLY,
  readTo: undefined,
};

/**
 * Lists a lane from where `from` left it. What is settled is added up for good, up to the first object that
 * is too new for that; all behind it is added up apart, because the next audit lists it again: an upload in
 * flight, or the end of a timeline, may change there.
 *
 * Memory grows with the number of holes and timelines, not of objects.
 */
export async function scanLane(
  store: ObjectStore,
  lane: Lane,
  from: LaneProgress,
  { segmentBytes, settleBefore, isTimeUp, signal }: ScanOptions,
): Promise<ScannedLane> {
  const settling = tallyBuilder(segmentBytes);
  const rest = tallyBuilder(segmentBytes);
  let { settledTo, readTo } = from;
  let isSettling = readTo === settledTo;
  let isDone = true;
  const after = readTo === undefined ? {} : { after: readTo };
  for await (const head of store.list(lane.prefix, { signal, ...after })) {
    isSettling &&= head.modifiedAt < settleBefore;
    (isSettling ? settling : rest).add(head, lane.rowOf(head.key));
    readTo = head.key;
    if (isSettling) settledTo = readTo;
    isDone = !isTimeUp();
    if (!isDone) break;
  }
  return {
    settled: joinTallies(from.settled, settling.tally()),
    settledTo,
    rest: joinTallies(from.rest, rest.tally()),
    readTo,
    isDone,
    arrivals: new Map([...settling.arrivals, ...rest.arrivals]),
  };
}

/** All of a lane that was listed. */
export function totalOf({ settled, rest }: LaneProgress): LaneTally {
  return joinTallies(settled, rest);
}

/** As it is kept: of a lane that was listed to its end, without the part that is listed again. */
export function toLaneRecord(
  { settled, settledTo, rest, readTo }: LaneProgress,
  isDone: boolean,
  segmentBytes: number,
): LaneRecord {
  const kept = { settled: toTallyRecord(settled, segmentBytes), settledTo };
  return isDone ? kept : { ...kept, rest: toTallyRecord(rest, segmentBytes), readTo };
}

/** The reverse of {@link toLaneRecord}. */
export function fromLaneRecord(
  { settled, settledTo, rest, readTo = settledTo }: LaneRecord,
  segmentBytes: number,
): LaneProgress {
  return {
    settled: fromTallyRecord(settled, segmentBytes),
    settledTo,
    rest: rest === undefined ? NO_TALLY : fromTallyRecord(rest, segmentBytes),
    readTo,
  };
}
