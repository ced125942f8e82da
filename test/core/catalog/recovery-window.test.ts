import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { findWindows } from '../../../lib/core/catalog/recovery-window.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { codeOf } from '../../contract/store-helpers.ts';
import { historyOf, putHistory } from '../../support/wal-fixture.ts';
import { at, endOf, newArchive } from './window-archive.ts';

describe('findWindows', () => {
  test('opens one from a backup’s stop to the last commit of contiguous WAL', async () => {
    const archive = await newArchive();
    await archive.busy([1, 2, 3, 4]);
    const backup = await archive.backup(2, 2, 210);
    expect(await archive.windows([backup])).toEqual([
      {
        backup,
        timeline: 1,
        history: historyOf(1, []),
        path: {
          segments: [{ timeline: 1, first: 2n, last: 4n }],
          end: { timeline: 1, number: 4n },
        },
        fromTime: at(210),
        fromLsn: backup.stopLsn,
        toTime: at(400),
        toLsn: endOf(4),
      },
    ]);
  });

  test('opens one for each of two backups, both to the same end', async () => {
    const archive = await newArchive();
    await archive.busy([2, 3, 4, 5]);
    const backups = [await archive.backup(2, 2, 210), await archive.backup(4, 5, 450)];
    expect(await archive.windows(backups)).toMatchObject([
      { backup: { id: backups[0]?.id }, fromTime: at(210), toTime: at(500), toLsn: endOf(5) },
      { backup: { id: backups[1]?.id }, fromTime: at(450), toTime: at(500), toLsn: endOf(5) },
    ]);
  });

  test('ends the window before a gap, and begins another behind it', async () => {
    const archive = await newArchive();
    await archive.busy([2, 3, 5, 6]);
    const backups = [await archive.backup(2, 2, 210), await archive.backup(5, 5, 510)];
    expect(await archive.windows(backups)).toMatchObject([
      { fromTime: at(210), toTime: at(300), toLsn: endOf(3) },
      { fromTime: at(510), toTime: at(600), toLsn: endOf(6) },
    ]);
  });

  test('opens none for a backup whose WAL is not all there', async () => {
    const archive = await newArchive();
    await archive.busy([2, 4, 5]);
    expect(await archive.windows([await archive.backup(2, 4, 410)])).toEqual([]);
    expect(await archive.windows([await archive.backup(3, 4, 420)])).toEqual([]);
    expect(await archive.windows([await archive.backup(5, 6, 610)])).toEqual([]);
  });

  test('follows each timeline that descends from the backup', async () => {
    const archive = await newArchive();
    await archive.busy([2, 3, 4, 5, 6]);
    await archive.busy([4, 5], 2);
    await putHistory(archive.store, archive.lineage, historyOf(2, [[1, 4]], 4096n));
    const backups = [await archive.backup(2, 2, 210), await archive.backup(5, 5, 510)];
    expect(await archive.windows(backups)).toMatchObject([
      { backup: { id: backups[0]?.id }, timeline: 1, toTime: at(600), toLsn: endOf(6) },
      {
        backup: { id: backups[0]?.id },
        timeline: 2,
        toTime: at(500),
        toLsn: endOf(5, { timeline: 2 }),
        path: {
          segments: [
            { timeline: 1, first: 2n, last: 3n },
            { timeline: 2, first: 4n, last: 5n },
          ],
        },
      },
      { backup: { id: backups[1]?.id }, timeline: 1, toTime: at(600) },
    ]);
  });

  test('looks back over idle WAL for the last commit, and ends where the WAL does', async () => {
    const archive = await newArchive();
    await archive.busy([2, 3]);
    await archive.idle([4, 5, 6]);
    const backup = await archive.backup(2, 2, 210);
    expect(await archive.windows([backup])).toMatchObject([
      { toTime: at(300), toLsn: endOf(6, { isBusy: false }) },
    ]);
  });

  test('is a moment when nothing was committed since the backup', async () => {
    const archive = await newArchive();
    await archive.busy([2]);
    await archive.idle([3, 4]);
    const backup = await archive.backup(3, 3, 310);
    expect(await archive.windows([backup])).toMatchObject([
      { fromTime: at(310), toTime: at(310), toLsn: endOf(4, { isBusy: false }) },
    ]);
  });

  test('never starts before the backup was finished by the server’s clock', async () => {
    const archive = await newArchive();
    await archive.busy([2, 3]);
    const backup = await archive.backup(2, 3, 330);
    expect(await archive.windows([backup])).toMatchObject([
      { fromTime: at(330), toTime: at(330), toLsn: endOf(3) },
    ]);
  });

  test('fails when the store cannot be reached', async () => {
    const archive = await newArchive();
    await archive.busy([2, 3]);
    const backup = await archive.backup(2, 2, 210);
    const listing = await listArchive(archive.store, archive.lineage);
    const store = new MemoryObjectStore();
    store.get = async () => {
      throw new OpsError('STORE-UNAVAILABLE', 'the store is out of reach');
    };
    const windows = findWindows({ store, lineage: archive.lineage, listing }, [backup]);
    expect(await codeOf(windows)).toBe('STORE-UNAVAILABLE');
  });
});
