import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { RetentionPolicy } from '../../../lib/core/config/retention-policy.ts';
import { AppliedRecord } from '../../../lib/core/retention/applied-record.ts';
import { isBelowFloor, readFloors } from '../../../lib/core/retention/read-floors.ts';
import { RetentionPlan } from '../../../lib/core/retention/retention-plan.ts';
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

describe('readFloors where the newest record is damaged', () => {
  const damaged = '20261202T000000Z';

  async function damage(id: string, text = '{'): Promise<void> {
    const body = Buffer.from(text);
    const key = lineage.keys.retention.applied(id);
    await store.putIfAbsent(key, body, { plainSha256: sha256(body), epoch: 0 });
  }

  async function plan(id: string, gone: readonly number[], stays: readonly number[]) {
    const range = (number: number, isKept: boolean) => ({
      first: segment(number),
      last: segment(number),
      stays: isKept,
      reasons: [{ rule: 'r', says: 's' }],
      segments: 1,
      storedBytes: 1,
    });
    const at = new Date('2026-12-02T00:00:00Z');
    const wal = [...gone.map((one) => range(one, false)), ...stays.map((one) => range(one, true))];
    const policy = RetentionPolicy.parse({});
    const record = { id, at, policy, backups: [], wal, warnings: [] };
    const key = lineage.keys.retention.plan(id);
    await putRecord(store, key, RetentionPlan, record, { epoch: 0 });
  }

  test('takes those of the one before, raised by all that its plan lets go', async () => {
    await apply('20261201T000000Z', [
      { timeline: 1, before: segment(5) },
      { timeline: 2, before: segment(9, 2) },
    ]);
    await damage(damaged);
    await plan(damaged, [5, 7], [6, 8]);
    expect([...(await readFloors(store, lineage))]).toEqual([
      [1, segment(8)],
      [2, segment(9, 2)],
    ]);
  });

  test('lowers none, and needs no other record', async () => {
    await damage(damaged);
    await plan(damaged, [3], []);
    expect([...(await readFloors(store, lineage))]).toEqual([[1, segment(4)]]);
    await apply('20261201T000000Z', [{ timeline: 1, before: segment(9) }]);
    expect([...(await readFloors(store, lineage))]).toEqual([[1, segment(9)]]);
  });

  test('refuses when the plan of any of them is missing too', async () => {
    await apply('20261130T000000Z', [{ timeline: 1, before: segment(5) }]);
    await damage('20261201T000000Z');
    await damage(damaged);
    await plan(damaged, [5], []);
    await expect(readFloors(store, lineage)).rejects.toMatchObject({ code: 'STORE-CORRUPT' });
  });

  test('refuses a newer format, whose plan may not say all', async () => {
    await damage(damaged, '{"format":2}');
    await plan(damaged, [5], []);
    await expect(readFloors(store, lineage)).rejects.toMatchObject({ code: 'STORE-FORMAT' });
  });
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
