import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { type Segment, type SegmentRef, parseSegment, segmentName } from '../wal/segment.ts';
import { kindOf } from './archive-listing.ts';

/** The segments that the store has of one timeline from `from` on, in order, listed lazily. */
export async function* storedSegments(
  store: ObjectStore,
  lineage: Lineage,
  { timeline, number }: SegmentRef,
  options: CallOptions = {},
): AsyncIterable<Segment> {
  const { segmentBytes } = lineage.identity;
  const keyOf = (at: bigint): string => lineage.keys.wal(segmentName(timeline, at, segmentBytes));
  const folder = `${lineage.keys.walPrefix}${segmentName(timeline, number, segmentBytes).slice(0, 8)}/`;
  const after = number === 0n ? {} : { after: keyOf(number - 1n) };
  for await (const { key } of store.list(folder, { ...options, ...after })) {
    if (kindOf(lineage, key) !== 'segment') continue;
    yield parseSegment(key.slice(key.lastIndexOf('/') + 1, -'.zst'.length), segmentBytes);
  }
}
