import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { findWindows, type RecoveryWindow } from '../../../lib/core/catalog/recovery-window.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import type { BackupRecord } from '../../../lib/core/store/records.ts';
import { indexSegment } from '../../../lib/core/wal/index/index-segment.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { claimTestLineage, putSegment, segment, walSegment } from '../../support/wal-fixture.ts';

/** The moment so many seconds after midnight. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 10, 22) + seconds * 1_000);
}

/** An archive in memory, and the windows that are found in it. */
export interface WindowArchive {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  /** Archives segments of one timeline, each with a commit at 100 times its number. */
  readonly busy: (numbers: readonly number[], timeline?: number) => Promise<void>;
  /** Archives segments without a commit. */
  readonly idle: (numbers: readonly number[], timeline?: number) => Promise<void>;
  readonly backup: (start: number, stop: number, finishedAt: number) => Promise<BackupRecord>;
  readonly windows: (backups: readonly BackupRecord[]) => Promise<readonly RecoveryWindow[]>;
}

export async function newArchive(): Promise<WindowArchive> {
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
export function endOf(number: number, { isBusy = true, timeline = 1 } = {}): bigint {
  const commits = isBusy ? [at(100 * number - 50), at(100 * number)] : [];
  return indexSegment(walSegment(segment(number, timeline), commits)).endLsn;
}
