import { describe, expect, test } from 'vitest';
import { sha256 } from '../../lib/core/store/sha256.ts';
import {
  codeOf,
  failingSource,
  fill,
  listKeys,
  type OpenStore,
  readObject,
  sourceOf,
} from './store-helpers.ts';

const KEY = 'prod/1-15/base/20261122T010203Z-1-2/part-00001.tar.zst';
const MEBIBYTE = 1024 * 1024;

export function streamContract(open: OpenStore): void {
  describe('put of a stream', () => {
    test.each([0, 1])('stores %i bytes', async (bytes) => {
      const store = await open();
      const body = Buffer.alloc(bytes, 'x');
      expect(await store.putStream(KEY, sourceOf(body))).toBe(bytes);
      expect(await readObject(store, KEY)).toEqual(body);
    });

    test('stores a source without any chunk', async () => {
      const store = await open();
      expect(await store.putStream(KEY, sourceOf())).toBe(0);
      expect((await store.head(KEY))?.bytes).toBe(0);
    });

    test.each([12, 40])('stores %i MiB that come in odd chunks', async (mebibytes) => {
      const store = await open();
      const body = patterned(mebibytes * MEBIBYTE + 13);
      expect(await store.putStream(KEY, oddChunks(body))).toBe(body.byteLength);
      const stat = await store.head(KEY);
      expect(stat).toMatchObject({ bytes: body.byteLength, metadata: undefined });
      expect(sha256(await readObject(store, KEY))).toBe(sha256(body));
    });

    test.each([0, 20])('leaves nothing of a source that throws after %i MiB', async (mebibytes) => {
      const store = await open();
      const broken = new Error('the source broke');
      const source = failingSource(broken, patterned(mebibytes * MEBIBYTE));
      await expect(store.putStream(KEY, source)).rejects.toBe(broken);
      expect(await store.head(KEY)).toBeUndefined();
      expect(await listKeys(store, '')).toEqual([]);
    });

    test.each([0, 20])('leaves nothing when it is aborted after %i MiB', async (mebibytes) => {
      const store = await open();
      const ending = new AbortController();
      const reason = new Error('shutting down');
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield patterned(mebibytes * MEBIBYTE);
        ending.abort(reason);
        yield patterned(1);
      };
      const put = store.putStream(KEY, source(), { signal: ending.signal });
      await expect(put).rejects.toBe(reason);
      expect(await store.head(KEY)).toBeUndefined();
    });

    test('ends when it is aborted while its source hangs', async () => {
      const store = await open();
      const ending = new AbortController();
      const reason = new Error('shutting down');
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield patterned(1);
        setImmediate(() => ending.abort(reason));
        await new Promise((_, reject) => {
          ending.signal.addEventListener('abort', () => reject(ending.signal.reason));
        });
      };
      const put = store.putStream(KEY, source(), { signal: ending.signal });
      await expect(put).rejects.toBe(reason);
      expect(await store.head(KEY)).toBeUndefined();
    });

    test('refuses a key that is there, whatever its bytes', async () => {
      const store = await open();
      await fill(store, [KEY]);
      expect(await codeOf(store.putStream(KEY, sourceOf(Buffer.from(KEY))))).toBe('WAL-CONFLICT');
      expect(await readObject(store, KEY)).toEqual(Buffer.from(KEY));
    });

    test.each([1, 20])('refuses a key that is taken while it sends %i MiB', async (mebibytes) => {
      const store = await open();
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield patterned(mebibytes * MEBIBYTE);
        await fill(store, [KEY]);
      };
      expect(await codeOf(store.putStream(KEY, source()))).toBe('WAL-CONFLICT');
      expect(await readObject(store, KEY)).toEqual(Buffer.from(KEY));
    });
  });
}

function patterned(bytes: number): Buffer {
  const body = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 997) body[at] = at % 251;
  return body;
}

/** Chunks whose lengths divide nothing, some empty, some larger than a part. */
async function* oddChunks(body: Buffer): AsyncGenerator<Uint8Array> {
  const lengths = [1, 65_537, 0, 3 * MEBIBYTE + 7, 17 * MEBIBYTE + 1, 999_983];
  for (let at = 0, turn = 0; at < body.byteLength; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield body.subarray(at, at + length);
    at += length;
  }
}
