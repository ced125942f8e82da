import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import type { BackupRecord } from '../../../lib/core/store/records.ts';
import { findWindows, type RecoveryWindow } from '../../../lib/core/catalog/recovery-window.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { summarizeSegment } from '../../../lib/core/wal/records.ts';
import { codeOf, plainPut } from '../../contract/store-helpers.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import {
  claimTestLineage,
  historyOf,
  lsnAt,
  putHistory,
  putSegment,
  segment,
  walSegment,
} from '../../support/wal-fixture.ts';

/** The moment so many seconds after midnight. */
function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 10, 22) + seconds * 1_000);
}

interface Archive {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  /** Archives segments of one timeline, each with a commit at 100 times its number. */
  readonly busy: (numbers: readonly number[], timeline?: number) => Promise<void>;
  /** Archives segments without a commit. */
  readonly idle: (numbers: readonly number[], timeline?: number) => Promise<void>;
  readonly backup: (start: number, stop: number, finishedAt: number) => Promise<BackupRecord>;
  readonly windows: (backups: readonly BackupRecord[]) => Promise<readonly RecoveryWindow[]>;
}

async function newArchive(): Promise<Archive> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const put = async (
    numbers: readonly number[],
    timeline: number,
    isBusy: boolean,
  ): Promise<void> => {
    for (const number of numbers) {
      const commits = isBusy ? [at(100 * number - 50), at(100 * number)] : [];
      await putSegment(store, lineage, segment(number, timeline), { commits });
    }
  };
  return {
    store,
    lineage,
    busy: async (numbers, timeline = 1) => put(numbers, timeline, true),
    idle: async (numbers, timeline = 1) => put(numbers, timeline, false),
    backup: async (start, stop, finishedAt) =>
      putBackup(store, lineage, { start, stop, finishedAt: at(finishedAt) }),
    windows: async (backups) => {
      const listing = await listArchive(store, lineage);
      return findWindows({ store, lineage, listing }, backups);
    },
  };
}

/** Where the records of a segment end. */
function endOf(number: number, { isBusy = true, timeline = 1 } = {}): bigint {
  const commits = isBusy ? [at(100 * number - 50), at(100 * number)] : [];
  return summarizeSegment(walSegment(segment(number, timeline), commits)).endLsn;
}

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

  test.each([
    ['damaged', async (): Promise<Uint8Array> => Buffer.from('no zstd')],
    ['another segment', async (): Promise<Uint8Array> => walSegment(segment(9), [at(900)])],
  ])('ends before a newest segment that is %s', async (_, content) => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    await archive.busy([2, 3, 4]);
    const backup = await archive.backup(2, 2, 210);
    const [key, bytes] = [lineage.keys.wal(segment(5)), await content()];
    if (bytes.byteLength < 100) await store.putIfAbsent(key, bytes, plainPut(bytes));
    else await putSealed(store, key, bytes, { epoch: 1 });
    expect(await archive.windows([backup])).toMatchObject([{ toTime: at(400), toLsn: lsnAt(5) }]);
  });

  test('does not let damage before a backup’s stop shorten that backup’s window', async () => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    await archive.busy([2, 3]);
    const damaged = Buffer.from('no zstd');
    await store.putIfAbsent(lineage.keys.wal(segment(4)), damaged, plainPut(damaged));
    await archive.idle([5, 6, 7]);
    const backups = [await archive.backup(2, 2, 210), await archive.backup(5, 5, 510)];
    expect(await archive.windows(backups)).toMatchObject([
      { toTime: at(300), toLsn: lsnAt(4) },
      { toTime: at(510), toLsn: endOf(7, { isBusy: false }) },
    ]);
  });

  test('opens none for a backup whose own WAL is damaged', async () => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    await archive.busy([2]);
    const damaged = Buffer.from('no zstd');
    await store.putIfAbsent(lineage.keys.wal(segment(3)), damaged, plainPut(damaged));
    expect(await archive.windows([await archive.backup(2, 3, 310)])).toEqual([]);
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
