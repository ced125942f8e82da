import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { findRecord, putOnce } from '../../../lib/core/runs/put-once.ts';
import { ClaimRecord } from '../../../lib/core/runs/run-records.ts';
import { codeOf, plainPut } from '../../contract/store-helpers.ts';

const KEY = 'orders/1-15/run/base-backup/20261201T010000Z.json';
const AT = new Date('2026-12-01T01:00:00.000Z');

describe('putOnce', () => {
  test('puts the first, and gives it to all who come later', async () => {
    const store = new MemoryObjectStore();
    const first = { by: 'a', at: AT };
    expect(await putOnce(store, KEY, ClaimRecord, first)).toEqual({ record: first, isNew: true });
    for (const record of [{ by: 'b', at: AT }, first]) {
      const put = await putOnce(store, KEY, ClaimRecord, record);
      expect(put).toEqual({ record: first, isNew: false });
    }
  });

  test('fails on a record that is damaged', async () => {
    const store = new MemoryObjectStore();
    const body = Buffer.from('{');
    await store.putIfAbsent(KEY, body, plainPut(body, { epoch: 0 }));
    expect(await codeOf(putOnce(store, KEY, ClaimRecord, { by: 'a', at: AT }))).toBe(
      'STORE-CORRUPT',
    );
    expect(await codeOf(findRecord(store, KEY, ClaimRecord))).toBe('STORE-CORRUPT');
  });
});

describe('findRecord', () => {
  test('tells a record that is not there from one that is', async () => {
    const store = new MemoryObjectStore();
    expect(await findRecord(store, KEY, ClaimRecord)).toBeUndefined();
    await putOnce(store, KEY, ClaimRecord, { by: 'a', at: AT });
    expect(await findRecord(store, KEY, ClaimRecord)).toEqual({ by: 'a', at: AT });
  });
});
