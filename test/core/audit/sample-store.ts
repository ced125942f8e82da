import { FolderObjectStore } from '../../../lib/core/adapters/store/folder/folder-object-store.ts';
import type { VerifyReport } from '../../../lib/core/audit/verify-report.ts';
import { verifyStore } from '../../../lib/core/audit/verify-store.ts';
import type { BackupRecord } from '../../../lib/core/store/records.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { withLease } from '../../../lib/core/store/lease.ts';
import { type Lineage, resolveLineage } from '../../../lib/core/store/lineage.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { claimWriter } from '../../../lib/core/store/writer-epoch.ts';
import { sha256 } from '../../../lib/core/store/sha256.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import {
  claimTestLineage,
  historyOf,
  lsnAt,
  putHistory,
  putSegment,
  segment,
  walSegment,
} from '../../support/wal-fixture.ts';

/** A store in a folder with one of everything, made by the functions that make real ones. */
export interface SampleStore {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly backup: BackupRecord;
}

/** Long after all of it was stored: a hole would be a gap. */
export const LATER = new Date('2100-01-01T00:00:00.000Z');
const FINISHED = new Date('2026-11-22T03:00:00.000Z');
const SELF = { instance: 'i-1', volume: 'vol-1', dataDirInode: '17' };

/** Two timelines, the second by promotion; two epochs, a lease, and a backup of two parts. */
export async function makeSampleStore(folder: string): Promise<SampleStore> {
  const store = new FolderObjectStore(folder);
  const lineage = await claimTestLineage(store);
  const { keys } = lineage;
  const clock = fakeClock();
  const context = { store, lineage, clock, log: recordingLog() };
  await claimWriter(context, { ...SELF, timeline: 1 });
  for (const number of [2, 3, 4]) {
    await putSegment(store, lineage, segment(number), { commits: [FINISHED], isIndexed: true });
  }
  for (const number of [2, 3]) await putBackupHistory(store, lineage, number);
  const holder = { name: 'host, process 7', ttlMs: 60_000, clock };
  const backup = await withLease(store, keys.lease('backup'), holder, async () =>
    putBackup(store, lineage, { start: 2, stop: 3, finishedAt: FINISHED }),
  );
  await claimWriter(context, { ...SELF, timeline: 2 });
  await putHistory(store, lineage, historyOf(2, [[1, 5]], 4096n), { epoch: 2 });
  for (const commits of [[], [FINISHED]]) {
    const partial = walSegment(segment(5), commits);
    const key = keys.walPartial(`${segment(5)}.partial`, sha256(partial));
    await putSealed(store, key, partial, { epoch: 2 });
  }
  for (const number of [5, 6]) {
    await putSegment(store, lineage, segment(number, 2), { epoch: 2, isIndexed: true });
  }
  return { folder, store, lineage, backup };
}

/** Opens and verifies the store as `holdfast verify` does. */
export async function verifySample(
  { store }: Pick<SampleStore, 'store'>,
  options: { readonly deep?: boolean; readonly backup?: string } = {},
): Promise<VerifyReport> {
  const lineage = await resolveLineage(store, 'orders');
  const deps = { store, lineage, clock: fakeClock(LATER) };
  return verifyStore(deps, { deep: true, parallel: 1, ...options });
}

/** Archives what PostgreSQL leaves in pg_wal of a base backup that started in segment `number`. */
async function putBackupHistory(
  store: ObjectStore,
  { keys }: Lineage,
  number: number,
): Promise<void> {
  const start = `${formatLsn(lsnAt(number) + 40n)} (file ${segment(number)})`;
  const text = `START WAL LOCATION: ${start}\nSTOP WAL LOCATION: ${start}\nLABEL: holdfast\n`;
  const key = keys.wal(`${segment(number)}.00000028.backup`);
  await putSealed(store, key, Buffer.from(text), { epoch: 1 });
}
