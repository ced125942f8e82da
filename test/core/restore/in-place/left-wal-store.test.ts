import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import type { WalDirectory } from '../../../../lib/core/ports/wal-directory.ts';
import { withLeftWal } from '../../../../lib/core/restore/in-place/left-wal-store.ts';
import { readSegment } from '../../../../lib/core/wal/index/read-index.ts';
import { type RecordBounds, walkRecords } from '../../../../lib/core/wal/records.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import { getSealed, putSealed } from '../../../../lib/core/store/sealed-object.ts';
import {
  claimTestLineage,
  lsnAt,
  putSegment,
  segment,
  walSegment,
} from '../../../support/wal-fixture.ts';
import { commitRecord, record, type WrittenRecord, writeWal } from '../../../support/wal-writer.ts';

/** A `pg_wal` that can only be read. */
function walWith(files: ReadonlyMap<string, Uint8Array>): WalDirectory {
  const nothing = async (): Promise<readonly string[]> => [];
  return {
    path: '/pg/data',
    ready: nothing,
    readySince: async () => undefined,
    done: nothing,
    present: async () => [...files.keys()],
    read: async (name) => files.get(name),
    postmaster: async () => undefined,
    changed: async () => undefined,
  };
}

describe('a store with the WAL that pg_wal alone has', () => {
  async function makeView(present: readonly string[]): Promise<{
    readonly store: ObjectStore;
    readonly view: ObjectStore;
    readonly lineage: Lineage;
  }> {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    for (const number of [1, 3]) await putSegment(store, lineage, segment(number));
    const wal = walWith(new Map(present.map((name) => [name, walSegment(name)])));
    const left = { wal, whole: [segment(2), segment(4)], unfinished: segment(5) };
    return { store, lineage, view: withLeftWal(store, lineage, { ...left, seenAt: new Date(0) }) };
  }

  const names = async (
    store: ObjectStore,
    { keys }: Lineage,
    after?: string,
  ): Promise<string[]> => {
    const heads = await Array.fromAsync(store.list(keys.walPrefix, { after }));
    return heads.map(({ key }) => key.slice(key.lastIndexOf('/') + 1, -'.zst'.length));
  };

  test('lists both, in order and from any point on', async () => {
    const { view, lineage } = await makeView([2, 4, 5].map((number) => segment(number)));
    expect(await names(view, lineage)).toEqual([1, 2, 3, 4, 5].map((number) => segment(number)));
    const after = lineage.keys.wal(segment(3));
    expect(await names(view, lineage, after)).toEqual([segment(4), segment(5)]);
  });

  test('reads what was left as if it had been archived', async () => {
    const { view, lineage } = await makeView([2, 4, 5].map((number) => segment(number)));
    for (const name of [1, 2, 4].map((number) => segment(number))) {
      const { plain } = await getSealed(view, lineage.keys.wal(name));
      expect(Buffer.from(plain).equals(walSegment(name))).toBe(true);
      expect(await view.head(lineage.keys.wal(name))).toBeDefined();
    }
    expect(await view.head(lineage.keys.wal(segment(6)))).toBeUndefined();
  });

  /** The unfinished segment 3 as a replay gets it, behind segment 2 from the same pen. */
  async function cutBehind(
    records: readonly Buffer[],
    tear: (unfinished: Buffer) => void,
  ): Promise<RecordBounds & { readonly written: readonly WrittenRecord[] }> {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    const { segments, written } = writeWal(lsnAt(2), records);
    const [before = Buffer.alloc(0), unfinished = Buffer.alloc(0)] = segments;
    await putSealed(store, lineage.keys.wal(segment(2)), before, { epoch: 1 });
    tear(unfinished);
    const wal = walWith(new Map([[segment(3), unfinished]]));
    const left = { wal, whole: [], unfinished: segment(3), seenAt: new Date(0) };
    const { plain } = await readSegment(
      { store: withLeftWal(store, lineage, left), lineage },
      segment(3),
    );
    return { ...walkRecords(plain, () => undefined), written };
  }

  const wide = (): Buffer => record(10, 0, 1, Buffer.alloc(700_000, 1));

  test('ends the unfinished segment before the record that a crash has torn', async () => {
    const torn = await cutBehind([wide(), wide(), commitRecord(7, 0)], (bytes) => {
      const at = bytes.lastIndexOf(Buffer.from([255, 8]));
      bytes[at + 3] = 0xee;
    });
    expect(torn.endLsn).toBe(torn.written[1]?.endLsn);
    expect(torn.lastRecordLsn).toBeUndefined();
    expect(torn.head?.endLsn).toBe(torn.written[1]?.endLsn);
  });

  test('ends the WAL before a record that reaches from the archive into it, and is torn there', async () => {
    const torn = await cutBehind([wide(), wide(), commitRecord(7, 0)], (bytes) => {
      bytes[8192 + 100] = 0xee;
    });
    expect(torn).toMatchObject({ endLsn: lsnAt(3) });
    expect([torn.head, torn.lastRecordLsn]).toEqual([undefined, undefined]);
  });

  test('does not let a file that was removed pass for the end of WAL', async () => {
    const { view, lineage } = await makeView([segment(2)]);
    await expect(view.get(lineage.keys.wal(segment(4)))).rejects.toMatchObject({
      code: 'RESTORE-WAL',
    });
  });

  test('writes to the store itself', async () => {
    const { store, view, lineage } = await makeView([]);
    const key = lineage.keys.wal(segment(7));
    await putSealed(view, key, walSegment(segment(7)), { epoch: 1 });
    expect(await store.head(key)).toBeDefined();
  });
});
