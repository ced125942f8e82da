import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import type { WalDirectory } from '../../../../lib/core/ports/wal-directory.ts';
import { withLeftWal } from '../../../../lib/core/restore/in-place/left-wal-store.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import { getSealed, putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { claimTestLineage, putSegment, segment, walSegment } from '../../../support/wal-fixture.ts';

/** A `pg_wal` that can only be read. */
function walWith(files: ReadonlyMap<string, Uint8Array>): WalDirectory {
  const nothing = async (): Promise<readonly string[]> => [];
  return {
    path: '/pg/data',
    ready: nothing,
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
    for (const name of [1, 2, 5].map((number) => segment(number))) {
      const { plain } = await getSealed(view, lineage.keys.wal(name));
      expect(Buffer.from(plain).equals(walSegment(name))).toBe(true);
      expect(await view.head(lineage.keys.wal(name))).toBeDefined();
    }
    expect(await view.head(lineage.keys.wal(segment(6)))).toBeUndefined();
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
