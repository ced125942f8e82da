import { expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { auditClusterHashes } from '../../../../lib/core/audit/hash-audit/audit-cluster-hashes.ts';
import { claimLineage } from '../../../../lib/core/store/lineage.ts';
import { listKeys, sourceOf } from '../../../contract/store-helpers.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { claimTestLineage, LINEAGE_IDENTITY, segment } from '../../../support/wal-fixture.ts';
import { putWriter } from '../../runs/run-stage.ts';

test('what is damaged is found in every lineage of a cluster, within the bytes that it has', async () => {
  const store = new MemoryObjectStore();
  const old = await claimTestLineage(store);
  await putWriter(store, old, { since: new Date('2026-11-01T00:00:00Z') });
  const identity = { ...LINEAGE_IDENTITY, major: LINEAGE_IDENTITY.major + 1 };
  const current = await claimLineage(store, identity, { allowNew: true });
  await putWriter(store, current, { since: new Date('2026-11-20T00:00:00Z') });
  const damaged = [current, old].map(({ keys }) => keys.wal(segment(1)));
  for (const key of damaged) await store.putStream(key, sourceOf(Buffer.from('?')));
  const auditOn = async (day: number, maxBytes?: number) =>
    auditClusterHashes({
      cluster: LINEAGE_IDENTITY.cluster,
      store,
      clock: fakeClock(new Date(Date.now() + day * 86_400_000)),
      maxBytes,
      isTimeUp: () => false,
      parallel: 1,
    });
  await auditOn(0);
  const [first, second] = await auditOn(40, 1);
  expect(first?.readObjects).toBe(1);
  expect(second?.readObjects).toBe(0);
  expect(await listKeys(store, old.keys.auditPrefix)).toHaveLength(2);
  const records = await auditOn(41);
  expect(records.flatMap(({ findings }) => findings.listed.map(({ object }) => object))).toEqual(
    damaged,
  );
});
