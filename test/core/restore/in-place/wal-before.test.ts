import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { walBefore } from '../../../../lib/core/restore/in-place/wal-before.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import type { IndexedArchive } from '../../../../lib/core/wal/index/read-index.ts';
import {
  claimTestLineage,
  historyOf,
  lsnAt,
  putHistory,
  segment,
} from '../../../support/wal-fixture.ts';
import { record, type WrittenRecord, writeWal } from '../../../support/wal-writer.ts';

const filler = (bytes: number): Buffer => record(10, 0, 1, Buffer.alloc(bytes - 24, 1));

/** Archives records from segment 2 on, all but the last segment. */
async function archive(
  records: readonly Buffer[],
  timeline = 1,
): Promise<{ readonly archive: IndexedArchive; readonly written: readonly WrittenRecord[] }> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const { segments, written } = writeWal(lsnAt(2), records, timeline);
  for (const [index, bytes] of segments.slice(0, -1).entries()) {
    const key = lineage.keys.wal(segment(2 + index, timeline));
    await putSealed(store, key, bytes, { epoch: 1 });
  }
  return { archive: { store, lineage }, written };
}

describe('walBefore', () => {
  test('gives the record that goes on in a segment, and the one before it', async () => {
    const past = await archive([filler(900_000), filler(400_000)]);
    const [first, second] = past.written;
    expect(await walBefore(past.archive, segment(3))).toMatchObject({
      previousLsn: first?.lsn,
      open: { lsn: second?.lsn, totalBytes: 400_000 },
    });
  });

  test('goes back to where a record began that is wider than segments', async () => {
    const past = await archive([filler(200), filler(3_000_000), filler(100)]);
    const [first, second] = past.written;
    expect(await walBefore(past.archive, segment(4))).toMatchObject({
      previousLsn: first?.lsn,
      open: { lsn: second?.lsn, totalBytes: 3_000_000 },
    });
  });

  test('comes from the parent where the timeline begins with the segment', async () => {
    const past = await archive([filler(900_000), filler(300_000), filler(100)]);
    const { store, lineage } = past.archive;
    await putHistory(store, lineage, historyOf(3, [[1, 3]]));
    // A sibling that was given up has the same segment.
    const other = writeWal(lsnAt(2), [filler(64)], 2).segments[0] ?? Buffer.alloc(0);
    await putSealed(store, lineage.keys.wal(segment(2, 2)), other, { epoch: 1 });
    const own = await walBefore(past.archive, segment(3));
    expect(own?.previousLsn).toBe(past.written[0]?.lsn);
    expect(await walBefore(past.archive, segment(3, 3))).toEqual(own);
  });

  test('is not known where the segment before is not there', async () => {
    const past = await archive([filler(900_000), filler(400_000)]);
    expect(await walBefore(past.archive, segment(6))).toBeUndefined();
  });
});
