import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { kindOf, listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { codeOf, plainPut } from '../../contract/store-helpers.ts';
import { gapRecord, putGap } from '../../support/gap-fixture.ts';
import {
  claimTestLineage,
  historyOf,
  putHistory,
  putSegment,
  segment,
} from '../../support/wal-fixture.ts';

async function newArchive(): Promise<{ readonly store: ObjectStore; readonly lineage: Lineage }> {
  const store = new MemoryObjectStore();
  return { store, lineage: await claimTestLineage(store) };
}

describe('listArchive', () => {
  test('finds nothing in an empty archive, and timeline 1 without a history', async () => {
    const { store, lineage } = await newArchive();
    const listing = await listArchive(store, lineage);
    expect(listing).toMatchObject({ runs: [], segments: 0, storedBytes: 0, strangers: [] });
    expect(listing.newestAt).toBeUndefined();
    expect(listing.histories).toEqual(new Map([[1, { timeline: 1, parents: [] }]]));
  });

  test('lists runs, histories, sizes and when what came', async () => {
    const { store, lineage } = await newArchive();
    for (const number of [2, 3, 5, 0x1001]) await putSegment(store, lineage, segment(number));
    await putSegment(store, lineage, segment(5, 2));
    await putHistory(store, lineage, historyOf(2, [[1, 5]]));
    const listing = await listArchive(store, lineage);
    expect(listing.runs).toEqual([
      { timeline: 1, first: 2n, last: 3n },
      { timeline: 1, first: 5n, last: 5n },
      { timeline: 1, first: 0x1001n, last: 0x1001n },
      { timeline: 2, first: 5n, last: 5n },
    ]);
    expect([...listing.histories.keys()]).toEqual([1, 2]);
    expect(listing.histories.get(2)).toEqual(historyOf(2, [[1, 5]]));
    expect([...listing.arrivals.keys()]).toEqual([
      segment(2),
      segment(5),
      segment(0x1001),
      segment(5, 2),
    ]);
    expect(listing.segments).toBe(5);
    const heads = await Array.fromAsync(store.list(lineage.keys.walPrefix));
    expect(listing.storedBytes).toBe(heads.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(listing.newestAt).toEqual(
      heads.map(({ modifiedAt }) => modifiedAt).reduce((a, b) => (a > b ? a : b)),
    );
  });

  test('sets strangers apart and counts partials and backup histories as none', async () => {
    const { store, lineage } = await newArchive();
    const { keys } = lineage;
    const strangers = [
      `${keys.walPrefix}00000001/00000000/${segment(9)}`,
      `${keys.walPrefix}00000001/00000001/${segment(9)}.zst`,
      `${keys.walPrefix}00000001/0000000100000000FFFFFFFF.zst`,
      `${keys.walPrefix}00000001/readme.txt`,
      `${keys.walPrefix}00000002/${segment(9)}.partial.zst`,
      keys.wal('0000000100000000FFFFFFFF'),
    ];
    const known = [
      keys.walPartial(`${segment(9)}.partial`, 'ab'.repeat(32)),
      keys.wal(`${segment(2)}.00000028.backup`),
    ];
    for (const key of [...strangers, ...known]) {
      await putSealed(store, key, Buffer.from('x'), { epoch: 1 });
    }
    const listing = await listArchive(store, lineage);
    expect(listing.strangers).toEqual(strangers.toSorted());
    expect(listing.segments).toBe(0);
  });

  test('names no more than 100 strangers', async () => {
    const { store, lineage } = await newArchive();
    for (let number = 0; number < 120; number += 1) {
      const key = `${lineage.keys.walPrefix}stranger-${number}`;
      await putSealed(store, key, Buffer.from('x'), { epoch: 1 });
    }
    expect((await listArchive(store, lineage)).strangers).toHaveLength(100);
  });

  test('sets a damaged history apart, and keeps the others', async () => {
    const { store, lineage } = await newArchive();
    const { keys } = lineage;
    const torn = Buffer.from('3\t0/1\tx\n');
    await putSealed(store, keys.wal('00000002.history'), torn, { epoch: 1 });
    await store.putIfAbsent(keys.wal('00000004.history'), torn, plainPut(torn));
    await putHistory(store, lineage, historyOf(3, [[1, 5]]));
    const { histories, damagedHistories } = await listArchive(store, lineage);
    expect([...histories.keys()]).toEqual([1, 3]);
    expect([...damagedHistories].map(([timeline, { code }]) => [timeline, code])).toEqual([
      [2, 'WAL-HISTORY'],
      [4, 'STORE-CORRUPT'],
    ]);
  });

  test('leaves poisoned names out of the runs, and missing ones in once they came', async () => {
    const { store, lineage } = await newArchive();
    for (const number of [2, 3, 4, 5, 6]) await putSegment(store, lineage, segment(number));
    await putGap(store, lineage, gapRecord('poisoned', 4));
    await putGap(store, lineage, gapRecord('missing', 6, 7), 'backup-1');
    const { runs, segments, knownGaps } = await listArchive(store, lineage);
    expect(runs).toEqual([
      { timeline: 1, first: 2n, last: 3n },
      { timeline: 1, first: 5n, last: 6n },
    ]);
    expect(segments).toBe(5);
    expect(knownGaps.map(({ id, anchor }) => [id, anchor])).toEqual([
      [gapRecord('poisoned', 4).id, undefined],
      [gapRecord('missing', 6).id, 'backup-1'],
    ]);
  });

  test('fails when a history cannot be reached', async () => {
    const { store, lineage } = await newArchive();
    await putHistory(store, lineage, historyOf(2, [[1, 5]]));
    store.get = async () => {
      throw new OpsError('STORE-UNAVAILABLE', 'the store is out of reach');
    };
    expect(await codeOf(listArchive(store, lineage))).toBe('STORE-UNAVAILABLE');
  });
});

describe('kindOf', () => {
  test('knows an archive file only at its own place', async () => {
    const { lineage } = await newArchive();
    const { keys } = lineage;
    const hash = '0123456789abcdef'.repeat(4);
    const partial = keys.walPartial(`${segment(9)}.partial`, hash);
    expect(kindOf(lineage, keys.wal(segment(9)))).toBe('segment');
    expect(kindOf(lineage, keys.wal('00000002.history'))).toBe('history');
    expect(kindOf(lineage, keys.wal(`${segment(9)}.00000028.backup`))).toBe('backup');
    expect(kindOf(lineage, partial)).toBe('partial');
    expect(kindOf(lineage, partial.replace('/00000001/', '/00000002/'))).toBe('stranger');
    expect(kindOf(lineage, keys.wal(`${segment(9)}.partial`))).toBe('stranger');
    expect(kindOf(lineage, keys.wal('00000000.history'))).toBe('stranger');
  });
});
