import type { CallOptions } from '../../ports/object-store.ts';
import type { SegmentIndexRecord } from '../../store/records.ts';
import type { SegmentRun } from '../continuity.ts';
import type { Lsn } from '../lsn.ts';
import type { RecordTail } from '../records.ts';
import { segmentName } from '../segment.ts';
import { readFact, type WalEvent } from '../wal-event.ts';
import { type CrossingRecord, joinHalves } from './crossing-record.ts';
import { readEvents } from './index-segment.ts';
import {
  type IndexedArchive,
  type IndexedSegment,
  readIndexes,
  readSegment,
} from './read-index.ts';

/** Which events are wanted: the index says where they may be, the segment where they are. */
export interface EventFilter {
  /** Whether a segment may hold a wanted event that its index does not list with its place. */
  mayHold(index: SegmentIndexRecord): boolean;
  isWanted(event: WalEvent): boolean;
}

/** An event, and the timeline whose file it was read from. */
export type FoundEvent = WalEvent & { readonly timeline: number };

/** Names of the segments of `runs`, in order. */
export function* namesOf(runs: readonly SegmentRun[], segmentBytes: number): Generator<string> {
  for (const { timeline, first, last } of runs) {
    for (let number = first; number <= last; number += 1n) {
      yield segmentName(timeline, number, segmentBytes);
    }
  }
}

/**
 * The wanted events on a path, in order of replay, also of records that cross into another segment. Only segments that may hold one are read. Memory does not grow with the path.
 *
 * @param runs - as a {@link WalPath} gives them. A record that began before the first is not seen.
 * @throws {@link OpsError} `STORE-ABSENT`, `STORE-CORRUPT`, `WAL-PAGE`, `WAL-IDENTITY` when a segment
 *   that must be read is not there or not what was stored.
 */
export async function* walkEvents(
  archive: IndexedArchive,
  runs: readonly SegmentRun[],
  filter: EventFilter,
  options: CallOptions = {},
): AsyncGenerator<FoundEvent> {
  const { major } = archive.lineage.id;
  const names = namesOf(runs, archive.lineage.identity.segmentBytes);
  let open: RecordTail | undefined;
  /** End of the last record that ended before. */
  let ended: Lsn | undefined;
  let follows: bigint | undefined;
  for await (const segment of readIndexes(archive, names, options)) {
    const { index, timeline, number, startLsn, endLsn } = segment;
    if (number !== follows) [open, ended] = [undefined, undefined];
    follows = number + 1n;
    const { record, open: next } = joinHalves(open, index, endLsn);
    const crossing = record && eventOf(record, ended, major);
    const within = await eventsWithin(archive, segment, filter, ended, options);
    for (const event of crossing === undefined ? within : [crossing, ...within]) {
      if (filter.isWanted(event)) yield { ...event, timeline };
    }
    open = next;
    const last = record !== undefined && record.endLsn > index.endLsn ? record : index;
    if (last.endLsn > startLsn) ended = last.endLsn;
  }
}

/** What the index lists, or, when that may not be all, what the segment holds. */
async function eventsWithin(
  archive: IndexedArchive,
  { name, index }: IndexedSegment,
  filter: EventFilter,
  ended: Lsn | undefined,
  options: CallOptions,
): Promise<readonly WalEvent[]> {
  if (!index.complete || filter.mayHold(index)) {
    const { plain } = await readSegment(archive, name, options);
    return readEvents(plain).map((event) => ({
      ...event,
      previousEndLsn: event.previousEndLsn ?? ended,
    }));
  }
  const { restorePoints, switches, tablespaces, limits = [] } = index;
  const previousEndLsn = undefined;
  const listed: WalEvent[] = [
    ...restorePoints.map((one) => ({ kind: 'restore-point' as const, previousEndLsn, ...one })),
    ...switches.map((one) => ({ kind: 'switch' as const, previousEndLsn, ...one })),
    ...tablespaces.map((one) => ({ kind: 'tablespace' as const, previousEndLsn, ...one })),
    ...limits.map((one) => ({ kind: 'limits' as const, previousEndLsn, ...one })),
  ];
  return listed.toSorted((a, b) => (a.lsn < b.lsn ? -1 : 1));
}

function eventOf(
  { lsn, endLsn, bytes }: CrossingRecord,
  previousEndLsn: Lsn | undefined,
  major: number,
): WalEvent | undefined {
  const fact = readFact(bytes, major);
  return fact && { lsn, endLsn, previousEndLsn, ...fact };
}
