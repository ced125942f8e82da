import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { systemClock } from '../../../../lib/core/adapters/system/clock.ts';
import { FolderSpool } from '../../../../lib/core/adapters/wal/folder-spool.ts';
import { SpoolEntry } from '../../../../lib/core/adapters/wal/spool-entry.ts';
import { PgWalDirectory } from '../../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { pushOnce } from '../../../../lib/core/wal/shipping/push-once.ts';
import { formatTimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { recordingLog } from '../../../support/recording-log.ts';
import {
  claimTestLineage,
  historyOf,
  LINEAGE_IDENTITY,
  lsnAt,
  segment,
  walSegment,
} from '../../../support/wal-fixture.ts';

test('ships a history that PostgreSQL never offers, ahead of the segment it waits for', async () => {
  const folder = await temporaryFolder();
  const wal = join(folder, 'data', 'pg_wal');
  await mkdir(join(wal, 'archive_status'), { recursive: true });
  await mkdir(join(folder, 'spool', 'acknowledged'), { recursive: true });
  await writeFile(join(folder, 'spool', SpoolEntry.IDENTITY), LINEAGE_IDENTITY.systemIdentifier);
  // As a recovery with archiving off left it: without a mark.
  await writeFile(join(wal, '00000002.history'), formatTimelineHistory(historyOf(2, [[1, 5]])));
  const name = segment(5, 2);
  await writeFile(join(wal, name), walSegment(name));
  await writeFile(join(wal, 'archive_status', `${name}.ready`), '');
  const store = new MemoryObjectStore();
  const { keys } = await claimTestLineage(store);
  const stored: string[] = [];
  const put = store.putIfAbsent.bind(store);
  store.putIfAbsent = async (key, body, options) => {
    stored.push(key);
    return put(key, body, options);
  };
  const spool = new FolderSpool(join(folder, 'spool'), join(folder, 'data'));
  spool.verify = async () => undefined;
  spool.verifyArchive = async () => undefined;
  const lsns = { checkpointLsn: lsnAt(6), redoLsn: lsnAt(6), minRecoveryEndLsn: 0n };
  const state = { state: 'in production', timeline: 2, checksums: true, limits: {} };
  const deps = {
    store,
    cluster: LINEAGE_IDENTITY.cluster,
    wal: new PgWalDirectory(join(folder, 'data')),
    spool,
    clock: systemClock,
    log: recordingLog(),
    controlData: async () => ({ ...LINEAGE_IDENTITY, ...lsns, ...state }),
    self: async () => ({ instance: 'here', volume: 'disk', dataDirInode: '1' }),
  };
  const { signal } = new AbortController();
  await pushOnce(deps, { name, drain: false, parallel: 1, stop: signal });
  const wanted = [keys.wal('00000002.history'), keys.wal(name)];
  expect(stored.filter((key) => wanted.includes(key))).toEqual(wanted);
});
