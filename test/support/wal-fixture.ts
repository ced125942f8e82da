import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { claimLineage, type Lineage } from '../../lib/core/store/lineage.ts';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { putIndex } from '../../lib/core/wal/index/put-index.ts';
import { historyName } from '../../lib/core/wal/archive-file.ts';
import { parseSegment, segmentName } from '../../lib/core/wal/segment.ts';
import {
  formatTimelineHistory,
  type TimelineHistory,
} from '../../lib/core/wal/timeline-history.ts';
import { commitRecord, IDENTITY, MiB, record, writeWal } from './wal-writer.ts';

const HEAP = 10;

/** What every lineage made here is. */
export const LINEAGE_IDENTITY = {
  ...IDENTITY,
  cluster: 'orders',
  createdAt: new Date('2026-11-01T00:00:00.000Z'),
};

/** The lineage of all WAL written here, new in `store`. */
export async function claimTestLineage(store: ObjectStore): Promise<Lineage> {
  return claimLineage(store, LINEAGE_IDENTITY);
}

/** Name of a segment of 1 MiB. */
export function segment(number: number, timeline = 1): string {
  return segmentName(timeline, BigInt(number), MiB);
}

/** First byte of segment `number`. */
export function lsnAt(number: number): bigint {
  return BigInt(number * MiB);
}

/** A timeline that left its parents at the start of the numbered segments, plus `offset` bytes. */
export function historyOf(
  timeline: number,
  parents: readonly (readonly [timeline: number, leftAtSegment: number])[],
  offset = 0n,
): TimelineHistory {
  return {
    timeline,
    parents: parents.map(([parent, leftAt]) => ({
      timeline: parent,
      endLsn: lsnAt(leftAt) + offset,
      reason: 'no recovery target specified',
    })),
  };
}

/** A whole segment with one record of no interest, then commits at these times. */
export function walSegment(name: string, commits: readonly Date[] = []): Uint8Array {
  const { startLsn, timeline } = parseSegment(name, MiB);
  const records = [
    record(HEAP, 0, 1, Buffer.alloc(8)),
    ...commits.map((time, index) => commitRecord(700 + index, time.getTime())),
  ];
  const [bytes] = writeWal(startLsn, records, timeline).segments;
  if (bytes === undefined) throw new Error('a record makes a segment');
  return bytes;
}

/** Archives a segment; without its index unless that is wanted. */
export async function putSegment(
  store: ObjectStore,
  lineage: Lineage,
  name: string,
  {
    commits = [],
    epoch = 1,
    isIndexed = false,
  }: {
    readonly commits?: readonly Date[];
    readonly epoch?: number;
    readonly isIndexed?: boolean;
  } = {},
): Promise<void> {
  const bytes = walSegment(name, commits);
  await putSealed(store, lineage.keys.wal(name), bytes, { epoch });
  if (isIndexed) await putIndex({ store, lineage }, name, bytes, { epoch });
}

/** Archives a timeline history. */
export async function putHistory(
  store: ObjectStore,
  { keys }: Lineage,
  history: TimelineHistory,
  { epoch = 1 } = {},
): Promise<void> {
  const text = formatTimelineHistory(history);
  await putSealed(store, keys.wal(historyName(history.timeline)), Buffer.from(text), { epoch });
}
