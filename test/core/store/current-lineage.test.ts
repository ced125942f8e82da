import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { CURRENT, currentLineage, findLineage } from '../../../lib/core/store/current-lineage.ts';
import { claimLineage, type Lineage } from '../../../lib/core/store/lineage.ts';
import { codeOf } from '../../contract/store-helpers.ts';
import { LINEAGE_IDENTITY } from '../../support/wal-fixture.ts';
import { putWriter } from '../runs/run-stage.ts';

const { cluster } = LINEAGE_IDENTITY;

async function lineageOf(
  store: MemoryObjectStore,
  major: number,
  createdAt: string,
): Promise<Lineage> {
  const identity = { ...LINEAGE_IDENTITY, major, createdAt: new Date(createdAt) };
  return claimLineage(store, identity, { allowNew: true });
}

async function currentMajor(store: MemoryObjectStore): Promise<number> {
  return (await currentLineage(store, cluster)).lineage.id.major;
}

describe('currentLineage', () => {
  test('is the only one, with its newest writer', async () => {
    const store = new MemoryObjectStore();
    const lineage = await lineageOf(store, 17, '2026-01-01T00:00:00Z');
    expect((await currentLineage(store, cluster)).writer).toBeUndefined();
    const since = new Date('2026-01-02T00:00:00Z');
    await putWriter(store, lineage, { epoch: 1, since });
    await putWriter(store, lineage, { epoch: 2, timeline: 3, since });
    const current = await currentLineage(store, cluster);
    expect(current.lineage.keys.prefix).toBe(lineage.keys.prefix);
    expect(current.writer).toMatchObject({ epoch: 2, timeline: 3 });
  });

  test('is the one whose writer came last, whatever order their names have', async () => {
    const store = new MemoryObjectStore();
    const old = await lineageOf(store, 17, '2026-01-01T00:00:00Z');
    const upgraded = await lineageOf(store, 18, '2026-06-01T00:00:00Z');
    await putWriter(store, old, { since: new Date('2026-01-02T00:00:00Z') });
    expect(await currentMajor(store)).toBe(17);
    await putWriter(store, upgraded, { since: new Date('2026-06-02T00:00:00Z') });
    expect(await currentMajor(store)).toBe(18);
    await putWriter(store, old, { epoch: 2, since: new Date('2026-06-03T00:00:00Z') });
    expect(await currentMajor(store)).toBe(17);
  });

  test('is the youngest while none has a writer', async () => {
    const store = new MemoryObjectStore();
    await lineageOf(store, 18, '2026-06-01T00:00:00Z');
    await lineageOf(store, 17, '2026-01-01T00:00:00Z');
    expect(await currentMajor(store)).toBe(18);
  });

  test('fails when the store knows no such cluster', async () => {
    expect(await codeOf(currentLineage(new MemoryObjectStore(), cluster))).toBe('CATALOG-CLUSTER');
  });
});

describe('findLineage', () => {
  test('takes a name, or the word for the one that is written to; never one of several by itself', async () => {
    const store = new MemoryObjectStore();
    const old = await lineageOf(store, 17, '2026-01-01T00:00:00Z');
    const upgraded = await lineageOf(store, 18, '2026-06-01T00:00:00Z');
    await putWriter(store, old, { since: new Date('2026-01-02T00:00:00Z') });
    await putWriter(store, upgraded, { since: new Date('2026-06-02T00:00:00Z') });
    const find = async (lineage?: string): Promise<number> =>
      (await findLineage(store, cluster, { lineage })).id.major;
    expect(await find(CURRENT)).toBe(18);
    expect(await find(`${LINEAGE_IDENTITY.systemIdentifier}-17`)).toBe(17);
    expect(await codeOf(find())).toBe('CATALOG-LINEAGE');
    expect(await codeOf(find('newest'))).toBe('CATALOG-LINEAGE');
  });
});
