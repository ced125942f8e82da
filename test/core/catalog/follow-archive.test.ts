import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { type ArchiveListing, listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { followArchive, RELIST_MS } from '../../../lib/core/catalog/follow-archive.ts';
import type { ListOptions, ObjectHead } from '../../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { plainPut } from '../../contract/store-helpers.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { claimTestLineage, historyOf, putHistory, segment } from '../../support/wal-fixture.ts';

/** Counts the names that its listings give. */
class CountingStore extends MemoryObjectStore {
  listed = 0;

  override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectHead> {
    for await (const head of super.list(prefix, options)) {
      this.listed += 1;
      yield head;
    }
  }
}

interface Archive {
  readonly store: CountingStore;
  readonly lineage: Lineage;
  readonly put: (timeline: number, ...numbers: readonly number[]) => Promise<void>;
}

async function archiveOf(segments: number): Promise<Archive> {
  const store = new CountingStore();
  const lineage = await claimTestLineage(store);
  const put: Archive['put'] = async (timeline, ...numbers) => {
    for (const number of numbers) {
      const body = Buffer.of(number % 256);
      await store.putIfAbsent(lineage.keys.wal(segment(number, timeline)), body, plainPut(body));
    }
  };
  await put(1, ...Array.from({ length: segments }, (_, index) => index + 1));
  return { store, lineage, put };
}

/** What both ways of listing must agree on; of arrivals only those before a hole matter. */
function essence(listing: ArchiveListing): object {
  return { ...listing, arrivals: undefined };
}

test('lists the end only, and finds what came there, holes that are filled included', async () => {
  const { store, lineage, put } = await archiveOf(200);
  const follower = followArchive(store, lineage, fakeClock());
  await follower.next(1);
  await put(1, 202);
  store.listed = 0;
  expect(essence(await follower.next(1))).toEqual(essence(await listArchive(store, lineage)));
  await put(1, 201, 203);
  store.listed = 0;
  const listing = await follower.next(1);
  expect(store.listed).toBeLessThanOrEqual(70);
  expect(listing.runs).toEqual([{ timeline: 1, first: 1n, last: 203n }]);
  expect(listing.segments).toBe(203);
});

test('follows to a new timeline, and back to an old one', async () => {
  const { store, lineage, put } = await archiveOf(200);
  const follower = followArchive(store, lineage, fakeClock());
  await follower.next(1);
  await putHistory(store, lineage, historyOf(2, [[1, 200]]));
  await put(2, ...Array.from({ length: 100 }, (_, index) => 200 + index));
  expect(essence(await follower.next(2))).toEqual(essence(await listArchive(store, lineage)));
  const anew = followArchive(store, lineage, fakeClock());
  await anew.next(2);
  await put(1, 201);
  expect(essence(await anew.next(1))).toEqual(essence(await listArchive(store, lineage)));
});

test('a change far behind the end is seen after ten minutes', async () => {
  const { store, lineage, put } = await archiveOf(200);
  const clock = fakeClock();
  const follower = followArchive(store, lineage, clock);
  await put(1, 400);
  await follower.next(1);
  await put(1, 210);
  expect((await follower.next(1)).segments).toBe(201);
  await clock.advance(RELIST_MS + 1);
  expect((await follower.next(1)).segments).toBe(202);
});

test('agrees with a full listing, whatever comes within the end of the timeline', async () => {
  const arrivals = fc.array(fc.integer({ min: 140, max: 260 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(arrivals, { maxLength: 4 }), async (rounds) => {
      const { store, lineage, put } = await archiveOf(150);
      const follower = followArchive(store, lineage, fakeClock());
      await follower.next(1);
      for (const numbers of rounds) {
        await put(1, ...new Set(numbers.filter((number) => number > 150)));
        expect(essence(await follower.next(1))).toEqual(essence(await listArchive(store, lineage)));
      }
    }),
    { numRuns: 25 },
  );
});
