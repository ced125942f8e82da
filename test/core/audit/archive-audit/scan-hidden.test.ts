import { expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { readExpiries } from '../../../../lib/core/audit/archive-audit/expiries.ts';
import {
  NOTHING_HIDDEN,
  scanHidden,
} from '../../../../lib/core/audit/archive-audit/scan-hidden.ts';
import { ExpiryTag } from '../../../../lib/core/contract/key-layout.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { claimTestLineage, segment } from '../../../support/wal-fixture.ts';

const NOW = new Date('2026-12-01T00:00:00Z');

async function archive(segments: number) {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  for (let number = 1; number <= segments; number += 1) {
    await putSealed(store, lineage.keys.wal(segment(number)), Buffer.from('wal'), { epoch: 1 });
  }
  const expiries = await readExpiries(store, lineage, NOW);
  return { store, lineage, expiries };
}

test('stops when time is up where nothing is hidden, and goes on behind the last key', async () => {
  const { store, lineage, expiries } = await archive(5);
  const keys = await Array.fromAsync(store.list(lineage.keys.prefix), ({ key }) => key);
  const stops: (string | undefined)[] = [];
  let { hidden, isDone } = { hidden: NOTHING_HIDDEN, isDone: false };
  while (!isDone && stops.length < 100) {
    const options = { isTimeUp: () => true };
    ({ hidden, isDone } = await scanHidden(store, lineage, hidden, expiries, options));
    stops.push(hidden.to);
  }
  expect(stops).toEqual([...keys, undefined]);
  expect({ hidden, isDone }).toEqual({ hidden: NOTHING_HIDDEN, isDone: true });
});

test('counts each object once, wherever it stops', async () => {
  const { store, lineage, expiries } = await archive(5);
  const gone = [2, 3, 5].map((number) => lineage.keys.wal(segment(number)));
  for (const key of gone) await store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
  await store.expireTagged({ now: NOW, undeleteDays: 7 });
  let { hidden, isDone } = { hidden: NOTHING_HIDDEN, isDone: false };
  for (let audits = 0; !isDone && audits < 100; audits += 1) {
    const options = { isTimeUp: () => true };
    ({ hidden, isDone } = await scanHidden(store, lineage, hidden, expiries, options));
  }
  expect(isDone).toBe(true);
  expect(hidden.findings.map(({ object }) => object)).toEqual(gone);
});

test('ends by its signal, whatever the time is', async () => {
  const { store, lineage, expiries } = await archive(2);
  const reason = new Error('shutting down');
  const signal = AbortSignal.abort(reason);
  const options = { isTimeUp: () => true, signal };
  await expect(scanHidden(store, lineage, NOTHING_HIDDEN, expiries, options)).rejects.toBe(reason);
});
