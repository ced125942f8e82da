import { expect, test } from 'vitest';
import { withEnvelope } from '../../../lib/core/adapters/store/envelope/with-envelope.ts';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { refuseSealed } from '../../../lib/core/adapters/store/envelope/refuse-sealed.ts';
import { listBackups } from '../../../lib/core/catalog/backup-listing.ts';
import { codeOf } from '../../contract/store-helpers.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { claimTestLineage } from '../../support/wal-fixture.ts';
import { someKeys } from '../adapters/store/envelope/sealed-stage.ts';

test('a backup under a key that is lost takes no other away, and is named', async () => {
  const inner = new MemoryObjectStore();
  const lineage = await claimTestLineage(inner);
  const [old, young] = [someKeys('2026/a'), someKeys('2027/b')];
  const first = await putBackup(withEnvelope(inner, old), lineage, {
    start: 1,
    finishedAt: new Date('2026-11-22T01:00:00Z'),
  });
  expect(await codeOf(listBackups(withEnvelope(inner, young), lineage))).toBe('VAULT-KEY');
  const second = await putBackup(withEnvelope(inner, young), lineage, {
    start: 5,
    finishedAt: new Date('2026-11-23T01:00:00Z'),
  });
  const { backups, incomplete } = await listBackups(withEnvelope(inner, young), lineage);
  expect(backups.map(({ id }) => id)).toEqual([second.id]);
  expect(incomplete).toMatchObject([{ id: first.id, code: 'VAULT-KEY' }]);
  expect(incomplete[0]?.reason).toContain('2026/a');
  // Without any key nothing is said of single backups: it is the key that lacks.
  expect(await codeOf(listBackups(refuseSealed(inner), lineage))).toBe('VAULT-SEALED');
});
