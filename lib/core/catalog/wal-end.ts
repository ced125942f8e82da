import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions } from '../ports/object-store.ts';
import { isDamaged } from '../store/damaged.ts';
import type { BackupPlace, SegmentIndexRecord } from '../store/records.ts';
import type { WalPath } from '../wal/continuity.ts';
import { type CrossingRecord, joinHalves } from '../wal/index/crossing-record.ts';
import { indexSegment } from '../wal/index/index-segment.ts';
import { type IndexedArchive, readIndex, readSegment } from '../wal/index/read-index.ts';
import type { Lsn } from '../wal/lsn.ts';
import type { Micros } from '../wal/micros.ts';
import { parseSegment, segmentName, type Segment } from '../wal/segment.ts';
import { readTransactionEnd } from '../wal/transaction-record.ts';

/** Where WAL ends for a backup that follows it. */
export interface WalEnd {
  /** End of the last complete record; `undefined` when there is none since the backup. */
  readonly lsn: Lsn | undefined;
  readonly lastCommit: Micros | undefined;
  /** Name of the first segment that is not what was stored: WAL ends before it. */
  readonly damaged: string | undefined;
}

/** A backup, and the WAL from it on. */
interface Follower {
  readonly backup: BackupPlace;
  readonly path: WalPath;
}

/** A segment passed on the way back; the rest of a record that began before it may wait here. */
interface Passed {
  readonly segment: Segment;
  readonly index: SegmentIndexRecord;
}

/** Besides what says so of any object: what says of a segment that it is not what was stored. */
const NO_SEGMENT = ['WAL-PAGE', 'WAL-IDENTITY'] as const;

/**
 * Finds the end of the WAL for backups whose paths end in the same segment, going back until a
 * commit is met, for each at most to its stop.
 *
 * The last segment is read and proved; before it indexes are believed. A damaged segment must not
 * hide every earlier point: for backups that stop before it, WAL ends there.
 */
export async function findEnds<F extends Follower>(
  archive: IndexedArchive,
  followers: readonly F[],
  options: CallOptions,
): Promise<ReadonlyMap<F, WalEnd>> {
  const ends = new Map<F, WalEnd>();
  const waiting = followers.toSorted((a, b) => (stopOf(a) > stopOf(b) ? -1 : 1));
  const oldest = waiting.at(-1);
  if (oldest === undefined) return ends;
  const { major } = archive.lineage.id;
  let end: WalEnd = { lsn: undefined, lastCommit: undefined, damaged: undefined };
  let passed: Passed[] = [];
  for (const segment of backwards(oldest)) {
    while (waiting[0] !== undefined && stopOf(waiting[0]) > segment.number) {
      ends.set(waiting[0], end);
      waiting.shift();
    }
    const isLast = end.lsn === undefined && passed.length === 0;
    const index = await readOrDamaged(archive, segment, isLast, options);
    if (index === undefined) {
      end = { lsn: undefined, lastCommit: undefined, damaged: segment.name };
      passed = [];
      continue;
    }
    const crossing = join(index, passed);
    const ended = crossing && readTransactionEnd(crossing.bytes, major);
    const crossingCommit = ended?.outcome === 'commit' ? ended.time : undefined;
    end = {
      ...end,
      lsn: endAfter(end.lsn, { segment, index }, passed, crossing),
      lastCommit: crossingCommit ?? index.lastCommit?.time,
    };
    if (end.lastCommit !== undefined) break;
    passed = waitingHalves({ segment, index }, passed);
  }
  for (const one of waiting) ends.set(one, end);
  return ends;
}

function stopOf({ backup }: Follower): bigint {
  return parseSegment(backup.stopSegment, backup.segmentBytes).number;
}

function* backwards({ backup, path }: Follower): Generator<Segment> {
  const { segmentBytes } = backup;
  const stop = parseSegment(backup.stopSegment, segmentBytes).number;
  for (const { timeline, first, last } of path.segments.toReversed()) {
    for (let number = last; number >= first && number >= stop; number -= 1n) {
      yield parseSegment(segmentName(timeline, number, segmentBytes), segmentBytes);
    }
  }
}

async function readOrDamaged(
  archive: IndexedArchive,
  { name }: Segment,
  isLast: boolean,
  options: CallOptions,
): Promise<SegmentIndexRecord | undefined> {
  try {
    if (!isLast) return await readIndex(archive, name, options);
    const { plain } = await readSegment(archive, name, options);
    return indexSegment(plain);
  } catch (error) {
    if (isDamaged(error)) return undefined;
    if (isOpsError(error) && NO_SEGMENT.some((code) => code === error.code)) return undefined;
    throw error;
  }
}

/** The record that begins at the end of a segment and ends in those passed after it. */
function join({ tail }: SegmentIndexRecord, passed: readonly Passed[]): CrossingRecord | undefined {
  let open = tail;
  for (const { segment, index } of tail === undefined ? [] : passed) {
    const joined = joinHalves(open, index, segment.endLsn);
    if (joined.record !== undefined) return joined.record;
    open = joined.open;
  }
  return undefined;
}

function endAfter(
  known: Lsn | undefined,
  { segment, index }: Passed,
  passed: readonly Passed[],
  crossing: CrossingRecord | undefined,
): Lsn | undefined {
  // A switch of WAL that is split in two ends with its segment, which its second half cannot tell.
  const isLastRecord = known !== undefined && known === passed.at(-1)?.index.head?.endLsn;
  if (isLastRecord && crossing !== undefined) return crossing.endLsn;
  if (known !== undefined) return known;
  return index.endLsn > segment.startLsn ? index.endLsn : undefined;
}

/** The segments, this one first, that hold the rest of a record begun before this one. */
function waitingHalves(here: Passed, passed: readonly Passed[]): Passed[] {
  if (here.index.head === undefined) return [];
  return here.index.head.endLsn === undefined ? [here, ...passed] : [here];
}
