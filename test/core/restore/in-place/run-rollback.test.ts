import { access, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openClusterPlace } from '../../../../lib/core/adapters/restore/in-place/local-cluster-place.ts';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { systemClock } from '../../../../lib/core/adapters/system/clock.ts';
import { serverOwner } from '../../../../lib/core/adapters/system/file-owner.ts';
import { setAsidePath } from '../../../../lib/core/restore/in-place/in-place-journal.ts';
import {
  type RollbackContext,
  rollBack,
} from '../../../../lib/core/restore/in-place/run-rollback.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { recordingLog } from '../../../support/recording-log.ts';
import { claimTestLineage, LINEAGE_IDENTITY } from '../../../support/wal-fixture.ts';
import { journalIn } from './sample-journal.ts';

const CONTROL = {
  ...LINEAGE_IDENTITY,
  state: 'shut down',
  timeline: 1,
  checkpointLsn: 0n,
  redoLsn: 0n,
  minRecoveryEndLsn: 0n,
  checksums: true,
  limits: {},
};

test('moves nothing from under a server that was started a moment before', async () => {
  const path = join(await temporaryFolder(), 'data');
  const journal = { ...journalIn('recovered'), dataDirectory: path, links: [] };
  const aside = setAsidePath(path, journal.id);
  const owner = serverOwner();
  for (const directory of [path, aside]) {
    await mkdir(directory);
    if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  }
  const place = await openClusterPlace(path);
  await place.writeJournal(journal);
  const store = new MemoryObjectStore();
  const context: RollbackContext = {
    store,
    lineage: await claimTestLineage(store),
    clock: systemClock,
    log: recordingLog(),
    place,
    shippingOf: () => ({
      controlData: async () => CONTROL,
      self: async () => ({ instance: 'here', volume: 'disk', dataDirInode: '1' }),
    }),
    stepped: async (step) => {
      if (step === 'became the writer') await writeFile(join(path, 'postmaster.pid'), '1\n');
    },
  };
  await expect(rollBack(context)).rejects.toMatchObject({ code: 'RESTORE-IN-USE' });
  for (const directory of [join(path, 'postmaster.pid'), aside]) {
    await expect(access(directory)).resolves.toBeUndefined();
  }
});
