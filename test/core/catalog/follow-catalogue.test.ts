import { expect, test } from 'vitest';
import { followCatalogue } from '../../../lib/core/catalog/follow-catalogue.ts';
import { readCatalogue } from '../../../lib/core/catalog/read-catalogue.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { putSegment, segment } from '../../support/wal-fixture.ts';
import { makeSampleStore } from '../audit/sample-store.ts';

test('gives what reading everything gives, also after WAL and a backup came', async () => {
  const { store, lineage } = await makeSampleStore(await temporaryFolder());
  const follower = followCatalogue(store, lineage, fakeClock());
  expect(await follower.next()).toEqual(await readCatalogue(store, lineage));
  await putSegment(store, lineage, segment(7, 2), { commits: [new Date('2026-11-22T04:00:00Z')] });
  expect(await follower.next()).toEqual(await readCatalogue(store, lineage));
  const finishedAt = new Date('2026-11-22T05:00:00.000Z');
  const backup = await putBackup(store, lineage, { start: 3, stop: 4, finishedAt });
  const { backups } = await follower.next();
  expect(backups.map(({ id }) => id)).toContain(backup.id);
});

test('a backup under way is complete once its record is there', async () => {
  const { store, lineage, backup } = await makeSampleStore(await temporaryFolder());
  const id = `${backup.id}-next`;
  const keys = lineage.keys.backup(id);
  const part = (async function* () {
    yield Buffer.of(1);
  })();
  await store.putStream(keys.part(1), part);
  const follower = followCatalogue(store, lineage, fakeClock());
  expect((await follower.next()).incomplete).toMatchObject([{ id, code: 'BACKUP-FAILED' }]);
  expect((await follower.next()).incomplete).toHaveLength(1);
  const text = Buffer.from('damaged');
  await store.putIfAbsent(keys.record, text, { plainSha256: '0'.repeat(64), epoch: 1 });
  expect((await follower.next()).incomplete).toMatchObject([{ id, code: 'STORE-CORRUPT' }]);
});
