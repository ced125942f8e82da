import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { lastBackup } from '../../../lib/core/catalog/last-backup.ts';
import { readCatalogue } from '../../../lib/core/catalog/read-catalogue.ts';
import { isRestorable } from '../../../lib/core/catalog/restorable.ts';
import { restorableBackups } from '../../../lib/core/catalog/restorable-backups.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../lib/core/store/record.ts';
import { GapRecord } from '../../../lib/core/store/records.ts';
import { codeOf, plainPut } from '../../contract/store-helpers.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import {
  claimTestLineage,
  historyOf,
  putHistory,
  putSegment,
  segment,
} from '../../support/wal-fixture.ts';

const DAY_MS = 86_400_000;

/** Counts what S3 would bill. */
class CountingStore extends MemoryObjectStore {
  lists = 0;
  gets = 0;

  override async *list(
    ...args: Parameters<MemoryObjectStore['list']>
  ): ReturnType<MemoryObjectStore['list']> {
    this.lists += 1;
    yield* super.list(...args);
  }

  override async get(
    ...args: Parameters<MemoryObjectStore['get']>
  ): ReturnType<MemoryObjectStore['get']> {
    this.gets += 1;
    return super.get(...args);
  }
}

interface Archive {
  readonly store: CountingStore;
  readonly lineage: Lineage;
}

async function archive(...segments: readonly (readonly [number, number?])[]): Promise<Archive> {
  const store = new CountingStore();
  const lineage = await claimTestLineage(store);
  for (const [number, timeline] of segments) {
    await putSegment(store, lineage, segment(number, timeline));
  }
  return { store, lineage };
}

/** A backup of day `day` of the month, in segments `start` to `stop`. */
async function backUp(
  { store, lineage }: Archive,
  day: number,
  { start, stop = start, timeline = 1 }: { start: number; stop?: number; timeline?: number },
): Promise<string> {
  const finishedAt = new Date(Date.parse('2026-11-01T03:00:00Z') + day * DAY_MS);
  return (await putBackup(store, lineage, { start, stop, timeline, finishedAt })).id;
}

async function idsOf({ store, lineage }: Archive, timeline = 1): Promise<readonly string[]> {
  const backups = await Array.fromAsync(restorableBackups(store, lineage, timeline));
  return backups.map(({ id }) => id);
}

describe('restorableBackups', () => {
  test('gives the newest first, and reads no more than is asked for', async () => {
    const all = await archive([2], [3], [5], [6], [9]);
    const first = await backUp(all, 1, { start: 2, stop: 3 });
    const second = await backUp(all, 2, { start: 5, stop: 6 });
    expect(await idsOf(all)).toEqual([second, first]);
    const { store, lineage } = all;
    [store.lists, store.gets] = [0, 0];
    expect((await restorableBackups(store, lineage, 1).next()).value?.id).toBe(second);
    // One below base/ for the folders, then the backup's objects, the gaps, and its WAL.
    expect([store.lists, store.gets]).toEqual([4, 1]);
  });

  test('gives nothing of an empty lineage', async () => {
    expect(await idsOf(await archive())).toEqual([]);
  });

  test.each([
    ['in its middle', [5], [7]],
    ['at its start', [6], [7]],
    ['at its stop', [5], [6]],
  ])('leaves out one whose WAL is missing %s', async (_, ...present) => {
    const all = await archive([2], ...(present as number[][]).map(([one = 0]) => [one] as const));
    const first = await backUp(all, 1, { start: 2 });
    await backUp(all, 2, { start: 5, stop: 7 });
    expect(await idsOf(all)).toEqual([first]);
  });

  test('leaves out one without a record, and one that lacks a part', async () => {
    const all = await archive([2], [5]);
    const first = await backUp(all, 1, { start: 2 });
    const key = all.lineage.keys.backup('20261105T000000Z-00000001-x').part(1);
    const body = Buffer.from('a part');
    await all.store.putIfAbsent(key, body, plainPut(body));
    expect(await idsOf(all)).toEqual([first]);
  });

  test('leaves out one with WAL under a poisoned name', async () => {
    const all = await archive([2], [5], [6], [7]);
    const first = await backUp(all, 1, { start: 2 });
    await backUp(all, 2, { start: 5, stop: 7 });
    const id = `${segment(6)}-poisoned`;
    await putRecord(
      all.store,
      all.lineage.keys.gap(id),
      GapRecord,
      {
        id,
        kind: 'poisoned',
        timeline: 1,
        firstSegment: segment(6),
        lastSegment: segment(6),
        reason: 'a clone wrote it',
        by: 'me',
        at: new Date(),
        epoch: 1,
      },
      { epoch: 1 },
    );
    expect(await idsOf(all)).toEqual([first]);
  });

  test('leaves out those of a timeline that was given up', async () => {
    const all = await archive([2], [9], [4, 2]);
    const first = await backUp(all, 1, { start: 2 });
    await backUp(all, 2, { start: 9 });
    await putHistory(all.store, all.lineage, historyOf(2, [[1, 4]]));
    expect(await idsOf(all, 2)).toEqual([first]);
    const third = await backUp(all, 3, { start: 4, timeline: 2 });
    expect(await idsOf(all, 2)).toEqual([third, first]);
  });

  test('takes all while the history of the writer is on its way', async () => {
    const all = await archive([2], [9]);
    const ids = [await backUp(all, 1, { start: 2 }), await backUp(all, 2, { start: 9 })];
    expect(await idsOf(all, 2)).toEqual(ids.toReversed());
  });

  test('fails when the history of the writer is damaged', async () => {
    const all = await archive([2]);
    await backUp(all, 1, { start: 2 });
    const body = Buffer.from('no zstd frame');
    await all.store.putIfAbsent(all.lineage.keys.wal('00000002.history'), body, plainPut(body));
    expect(await codeOf(idsOf(all, 2))).toBe('STORE-CORRUPT');
  });

  test('agrees with the catalogue, which lists everything', async () => {
    const all = await archive([2], [3], [5], [9]);
    await backUp(all, 1, { start: 2, stop: 3 });
    await backUp(all, 2, { start: 5 });
    await backUp(all, 3, { start: 9, stop: 10 });
    const { backups, archive: listing } = await readCatalogue(all.store, all.lineage);
    const restorable = backups.filter((backup) => isRestorable(backup, listing));
    expect(await idsOf(all)).toEqual(restorable.map(({ id }) => id).toReversed());
    expect((await idsOf(all))[0]).toBe(lastBackup(restorable, listing, 1)?.id);
  });
});
