import { expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { withBackupInUse } from '../../../lib/core/restore/in-use.ts';
import { readWorkUnderWay } from '../../../lib/core/retention/read-in-use.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { claimTestLineage } from '../../support/wal-fixture.ts';

const ID = '20261202T131544Z-00000001-000000010000000000000002';

test('recoveries of one backup at once keep it in use until the last has ended', async () => {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const clock = fakeClock();
  const inUse = async () => (await readWorkUnderWay(store, lineage, clock.now())).inUse;
  const context = { store, lineage, clock, signal: undefined };
  const outer = await withBackupInUse(ID, context, async () => {
    const inner = await withBackupInUse(ID, context, inUse);
    expect(inner).toEqual({ value: [ID], notes: [] });
    return inUse();
  });
  expect(outer).toEqual({ value: [ID], notes: [] });
  expect(await inUse()).toEqual([]);
});

test.each(['STORE-DENIED', 'STORE-TIMEOUT'] as const)(
  'without a lease (%s) a recovery goes on, says so, and fails by its own errors only',
  async (code) => {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    store.replace = async () => Promise.reject(new OpsError(code, 'refused'));
    const context = { store, lineage, clock: fakeClock(), signal: undefined };
    const used = await withBackupInUse(ID, context, async () => 'done');
    expect(used).toMatchObject({ value: 'done', notes: [expect.stringContaining('retention')] });
    const failing = withBackupInUse(ID, context, async () => Promise.reject(new Error('its own')));
    await expect(failing).rejects.toThrow('its own');
  },
);

test('a lease that is lost does not end a recovery', async () => {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const clock = fakeClock();
  const used = await withBackupInUse(ID, { store, lineage, clock, signal: undefined }, async () => {
    store.replace = async () => Promise.reject(new OpsError('STORE-TIMEOUT', 'away'));
    await clock.advance(600_000);
    return 'done';
  });
  expect(used).toMatchObject({ value: 'done', notes: [expect.stringContaining('retention')] });
});
