import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { askArchive } from '../../../../lib/core/host/volume/ask-archive.ts';
import { plainPut } from '../../../contract/store-helpers.ts';

const BODY = Buffer.from('x');

describe('askArchive', () => {
  test('finds an archive empty that has nothing of the cluster, whatever others have', async () => {
    const store = new MemoryObjectStore();
    await store.putIfAbsent('orders-eu/junk', BODY, plainPut(BODY));
    expect(await askArchive(store, 'orders')).toBe('empty');
  });

  test('takes any object for the trace of an archive', async () => {
    const store = new MemoryObjectStore();
    await store.putIfAbsent('orders/junk', BODY, plainPut(BODY));
    expect(await askArchive(store, 'orders')).toBe('present');
  });

  test('passes on what the store throws: it proves nothing', async () => {
    const broken = {
      list: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('unreachable')) }),
      }),
    };
    await expect(askArchive(broken, 'orders')).rejects.toThrow('unreachable');
  });
});
