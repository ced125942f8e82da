import * as fc from 'fast-check';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import type { SegmentRun } from '../../../../lib/core/wal/continuity.ts';
import { putIndex } from '../../../../lib/core/wal/index/put-index.ts';
import type { IndexedArchive } from '../../../../lib/core/wal/index/read-index.ts';
import { parseSegment, segmentAt } from '../../../../lib/core/wal/segment.ts';
import type { RecordPlace, WalEvent, WalFact } from '../../../../lib/core/wal/wal-event.ts';
import { claimTestLineage } from '../../../support/wal-fixture.ts';
import {
  commitRecord,
  MiB,
  record,
  restorePointRecord,
  tablespaceRecord,
  writeWal,
} from '../../../support/wal-writer.ts';

/** One record to be written; `bytes` widens it. */
export interface PlannedRecord {
  readonly kind: 'commit' | 'abort' | 'prepared' | 'restore-point' | 'tablespace' | 'heap';
  readonly bytes: number;
}

/** WAL in a store, and what is in it. */
export interface IndexedWal {
  readonly archive: IndexedArchive;
  readonly runs: readonly SegmentRun[];
  readonly events: readonly WalEvent[];
  readonly places: readonly RecordPlace[];
}

const START = BigInt(3 * MiB);
const TIME_MS = Date.UTC(2026, 6, 31, 12);

/** Records of every kind and of any width, some wider than a segment. */
export const plannedRecords: fc.Arbitrary<readonly PlannedRecord[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('commit', 'abort', 'prepared', 'restore-point', 'tablespace', 'heap'),
    bytes: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 300 }) },
      { weight: 2, arbitrary: fc.integer({ min: 100_000, max: 600_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 900_000, max: 1_300_000 }) },
    ),
  }),
  { minLength: 1, maxLength: 14 },
);

/** Writes and archives the records; the segments at the places in `unindexed` get no index. */
export async function archiveRecords(
  planned: readonly PlannedRecord[],
  unindexed: ReadonlySet<number> = new Set(),
): Promise<IndexedWal> {
  const { segments, written } = writeWal(START, planned.map(recordOf));
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  for (const [index, bytes] of segments.entries()) {
    const name = segmentAt(1, START + BigInt(index * MiB), MiB);
    await putSealed(store, lineage.keys.wal(name), bytes, { epoch: 1 });
    if (!unindexed.has(index)) await putIndex({ store, lineage }, name, bytes, { epoch: 1 });
  }
  const first = parseSegment(segmentAt(1, START, MiB), MiB).number;
  const places = written.map((place, index) => ({
    ...place,
    previousEndLsn: written[index - 1]?.endLsn,
  }));
  const events = places.flatMap((place, index): WalEvent[] => {
    const fact = factOf(planned[index]?.kind ?? 'heap', index);
    return fact === undefined ? [] : [{ ...place, ...fact }];
  });
  const runs = [{ timeline: 1, first, last: first + BigInt(segments.length - 1) }];
  return { archive: { store, lineage }, runs, events, places };
}

function recordOf({ kind, bytes }: PlannedRecord, index: number): Buffer {
  const rest = Buffer.alloc(bytes);
  const timeMs = TIME_MS + index;
  switch (kind) {
    case 'commit':
      return commitRecord(700 + index, timeMs, { rest });
    case 'abort':
      return commitRecord(700 + index, timeMs, { info: 0x20, rest });
    case 'prepared': {
      const info = Buffer.alloc(8);
      info.writeUInt32LE(0x10, 0);
      info.writeUInt32LE(700 + index, 4);
      return commitRecord(0, timeMs, { info: 0xb0, rest: Buffer.concat([info, rest]) });
    }
    case 'restore-point':
      return restorePointRecord(`point ${index}`, timeMs);
    case 'tablespace':
      return tablespaceRecord(index, `/srv/${index}`);
    case 'heap':
  }
  return record(10, 0, 7, rest);
}

function factOf(kind: PlannedRecord['kind'], index: number): WalFact | undefined {
  const time = BigInt(TIME_MS + index) * 1000n + 789n;
  switch (kind) {
    case 'commit':
    case 'prepared':
      return { kind: 'end', outcome: 'commit', time, xid: 700 + index };
    case 'abort':
      return { kind: 'end', outcome: 'abort', time, xid: 700 + index };
    case 'restore-point':
      return { kind: 'restore-point', name: `point ${index}`, time };
    case 'tablespace':
      return { kind: 'tablespace', oid: index, location: `/srv/${index}` };
    case 'heap':
  }
  return undefined;
}
