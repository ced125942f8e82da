import { beforeAll, describe, expect, test } from 'vitest';
import { verifyStore } from '../../../lib/core/audit/verify-store.ts';
import { listBackups } from '../../../lib/core/catalog/backup-listing.ts';
import { readCatalogue } from '../../../lib/core/catalog/read-catalogue.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type SimulatedStore, simulateStore } from '../../support/simulated-store.ts';
import { LATER } from './sample-store.ts';

const SEGMENTS = 20_000;
const BACKUPS = 50;
const PARTS = 3;
/** Part by part, with manifest and record. */
const BACKUP_OBJECTS = BACKUPS * (PARTS + 2);

describe('a large store', () => {
  let large: SimulatedStore;
  beforeAll(async () => {
    large = await simulateStore({ segments: SEGMENTS, backups: BACKUPS, partsPerBackup: PARTS });
  });

  test('is verified by listing each object once', async () => {
    const { store, rows } = counted(large.store);
    const deps = { store, lineage: large.lineage, clock: fakeClock(LATER) };
    const report = await verifyStore(deps, { deep: false, parallel: 2 });
    const objects = 2 * SEGMENTS + BACKUP_OBJECTS + 1;
    expect(report).toMatchObject({ ok: true, checkedObjects: objects, backups: BACKUPS });
    // The first object of each of three places is met once more, on the way past it.
    expect(rows()).toBe(objects + 3);
  });

  test('has its backups listed at once, however many there are', async () => {
    const { store, rows, lists } = counted(large.store);
    const { backups } = await listBackups(store, large.lineage);
    expect(backups).toHaveLength(BACKUPS);
    expect(lists()).toBe(1);
    expect(rows()).toBe(BACKUP_OBJECTS);
  });

  test('keeps no parts of its backups in memory, and gives each its window', async () => {
    const { backups, windows } = await readCatalogue(large.store, large.lineage);
    expect(backups.filter((backup) => 'parts' in backup)).toEqual([]);
    expect(windows.map(({ backup }) => backup.id)).toEqual(backups.map(({ id }) => id));
  });
});

/** `store`, and what was asked of its listings. */
function counted(store: ObjectStore): {
  readonly store: ObjectStore;
  readonly lists: () => number;
  readonly rows: () => number;
} {
  let lists = 0;
  let rows = 0;
  const list: ObjectStore['list'] = async function* (...call) {
    lists += 1;
    for await (const row of store.list(...call)) {
      rows += 1;
      yield row;
    }
  };
  return { store: { ...store, list }, lists: () => lists, rows: () => rows };
}
