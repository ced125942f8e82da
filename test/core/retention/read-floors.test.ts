import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { AppliedRecord } from '../../../lib/core/retention/applied-record.ts';
import { isBelowFloor, readFloors } from '../../../lib/core/retention/read-floors.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../lib/core/store/record.ts';
import { sha256 } from '../../../lib/core/store/sha256.ts';
import { claimTestLineage, segment } from '../../support/wal-fixture.ts';

let store: MemoryObjectStore;
let lineage: Lineage;

beforeEach(async () => {
  store = new MemoryObjectStore();
  lineage = await claimTestLineage(store);
});

async function apply(id: string, floors: AppliedRecord['floors']): Promise<void> {
  const at = new Date('2026-12-01T00:00:00Z');
  const record = { planId: id, agreedWith: 'older', at, backups: [], wal: [], floors };
  const key = lineage.keys.retention.applied(id);
  await putRecord(store, key, AppliedRecord, record, { epoch: 0 });
}

describe('readFloors', () => {
  test('finds none where nothing was ever let go', async () => {
    expect([...(await readFloors(store, lineage))]).toEqual([]);
  });

  test('takes those of the newest record', async () => {
    await apply('20261201T000000Z', [{ timeline: 1, before: segment(5) }]);
    await apply('20261202T000000Z', [{ timeline: 1, before: segment(7) }]);
    expect([...(await readFloors(store, lineage))]).toEqual([[1, segment(7)]]);
  });

  test.each([
    ['damaged', '{', 'STORE-CORRUPT'],
    ['of a newer format', '{"format":2}', 'STORE-FORMAT'],
  ])(
    'refuses when the newest record is %s, although an older one can be read',
    async (_, text, code) => {
      await apply('20261201T000000Z', [{ timeline: 1, before: segment(5) }]);
      const body = Buffer.from(text);
      const key = lineage.keys.retention.applied('20261202T000000Z');
      await store.putIfAbsent(key, body, { plainSha256: sha256(body), epoch: 0 });
      await expect(readFloors(store, lineage)).rejects.toMatchObject({ code });
    },
  );
});

describe('isBelowFloor', () => {
  const floors = new Map([[1, segment(5)]]);

  test.each([
    [segment(4), true],
    [`${segment(4)}.00000028.backup`, true],
    [segment(5), false],
    [`${segment(4)}.partial`, false],
    [segment(4, 2), false],
    ['00000001.history', false],
  ])('%s: %s', (name, expected) => {
    expect(isBelowFloor(floors, name)).toBe(expected);
  });
});
