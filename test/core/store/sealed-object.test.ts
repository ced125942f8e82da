import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { getSealed, putSealed } from '../../../lib/core/store/sealed-object.ts';
import { sha256 } from '../../../lib/core/store/sha256.ts';
import { compressWal } from '../../../lib/core/store/zstd.ts';
import { codeOf } from '../../contract/store-helpers.ts';

const PLAIN = Buffer.alloc(100_000, 'wal ');

describe('sealed object', () => {
  test.each(['a.json', 'a.zst'])('is read as it was stored under %s', async (key) => {
    const store = new MemoryObjectStore();
    expect(await putSealed(store, key, PLAIN, { epoch: 2 })).toBe('created');
    expect(await putSealed(store, key, PLAIN, { epoch: 2 })).toBe('identical');
    const { plain, stat } = await getSealed(store, key);
    expect(PLAIN.equals(plain)).toBe(true);
    expect(stat.metadata).toMatchObject({ plainSha256: sha256(PLAIN), epoch: 2 });
  });

  test('is compressed when its key says so', async () => {
    const store = new MemoryObjectStore();
    await putSealed(store, 'a.zst', PLAIN, { epoch: 1 });
    await putSealed(store, 'a.json', PLAIN, { epoch: 1 });
    expect((await store.head('a.zst'))?.bytes).toBeLessThan(1_000);
    expect((await store.head('a.json'))?.bytes).toBe(PLAIN.byteLength);
  });

  test('is absent when it was never stored', async () => {
    expect(await codeOf(getSealed(new MemoryObjectStore(), 'a.json'))).toBe('STORE-ABSENT');
  });

  test('is refused without hashes', async () => {
    const store = new MemoryObjectStore();
    await store.replace('a.json', PLAIN, { ifMatch: undefined });
    expect(await codeOf(getSealed(store, 'a.json'))).toBe('STORE-CORRUPT');
  });

  test('is refused when its plain bytes are not those that were promised', async () => {
    const store = new MemoryObjectStore();
    const promised = { plainSha256: sha256(Buffer.from('others')), epoch: 1 };
    await store.putIfAbsent('a.zst', await compressWal(PLAIN), promised);
    await store.putIfAbsent('a.json', PLAIN, promised);
    expect(await codeOf(getSealed(store, 'a.zst'))).toBe('STORE-CORRUPT');
    expect(await codeOf(getSealed(store, 'a.json'))).toBe('STORE-CORRUPT');
  });
});
