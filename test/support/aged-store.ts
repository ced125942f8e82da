import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderObjectStore } from '../../lib/core/adapters/store/folder/folder-object-store.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { putBackup } from './backup-fixture.ts';
import { claimTestLineage, putSegment, segment } from './wal-fixture.ts';

/** A folder store whose objects came over many days. */
export interface AgedStore {
  readonly folder: string;
  readonly url: string;
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  /** Oldest first. */
  readonly backups: readonly BackupRecord[];
}

/** What an {@link AgedStore} is made of. */
export interface AgedStoreShape {
  readonly now: Date;
  /** One segment a day until now, numbered from 1, each with its index. */
  readonly days: number;
  /** In which of them a backup starts and stops. */
  readonly backups: readonly number[];
}

const DAY_MS = 86_400_000;

/** Makes one by the functions that make real ones; only the times of its files are set back. */
export async function makeAgedStore(folder: string, shape: AgedStoreShape): Promise<AgedStore> {
  const store = new FolderObjectStore(folder);
  const lineage = await claimTestLineage(store);
  const at = (number: number): Date =>
    new Date(shape.now.getTime() - (shape.days - number + 0.5) * DAY_MS);
  const backups: BackupRecord[] = [];
  for (let number = 1; number <= shape.days; number += 1) {
    await putSegment(store, lineage, segment(number), { isIndexed: true });
    if (shape.backups.includes(number)) {
      const record = await putBackup(store, lineage, { start: number, finishedAt: at(number) });
      backups.push(record);
      await setBack(join(folder, lineage.keys.backup(record.id).prefix), at(number));
    }
    for (const key of [lineage.keys.wal(segment(number)), lineage.keys.walIndex(segment(number))]) {
      await utimes(join(folder, key), at(number), at(number));
    }
  }
  return { folder, url: `file://${folder}`, store, lineage, backups };
}

/** Gives every file of a folder another time of change. */
export async function setBack(folder: string, time: Date): Promise<void> {
  for (const name of await readdir(folder)) await utimes(join(folder, name), time, time);
}
