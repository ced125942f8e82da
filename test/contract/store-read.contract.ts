import { describe, expect, test } from 'vitest';
import { codeOf, fill, type OpenStore, plainPut, readBody, sourceOf } from './store-helpers.ts';

const KEY = 'prod/1-15/identity.json';
const BODY = Buffer.from('0123456789');

export function readContract(open: OpenStore): void {
  describe('reads', () => {
    test.each([
      [0, 3],
      [4, 6],
      [7, 10],
      [0, 10],
      [5, 5],
    ])('gives bytes %i to %i of an object', async (start, end) => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      const body = await store.get(KEY, { range: { start, end } });
      expect(await readBody(body)).toEqual(BODY.subarray(start, end));
      expect(body.stat).toEqual(await store.head(KEY));
    });

    test.each([
      [0, 11],
      [10, 11],
      [12, 15],
      [-1, 3],
      [6, 5],
    ])('refuses bytes %i to %i of an object of 10', async (start, end) => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      expect(await codeOf(store.get(KEY, { range: { start, end } }))).toBe('STORE-CORRUPT');
    });

    test('reads a large object in many chunks', async () => {
      const store = await open();
      const body = Buffer.alloc(5 * 1024 * 1024 + 1, 'abc');
      await store.putStream(KEY, sourceOf(body));
      expect((await readBody(await store.get(KEY))).equals(body)).toBe(true);
    });

    test('lets a reader stop early', async () => {
      const store = await open();
      const body = Buffer.alloc(5 * 1024 * 1024, 'abc');
      await store.putStream(KEY, sourceOf(body));
      const { chunks } = await store.get(KEY);
      for await (const chunk of chunks) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
      expect((await readBody(await store.get(KEY))).equals(body)).toBe(true);
    });

    test('gives the same head with a read, alone and in a listing', async () => {
      const store = await open();
      await fill(store, [KEY]);
      const head = await store.head(KEY);
      const [row] = await Array.fromAsync(store.list(KEY));
      expect((await store.get(KEY)).stat).toEqual(head);
      expect({ ...row, metadata: head?.metadata }).toEqual(head);
    });

    test('proves an absent object absent', async () => {
      const store = await open();
      await fill(store, ['prod/identity.json.old']);
      expect(await store.head('prod/identity.json')).toBeUndefined();
      expect(await codeOf(store.get('prod/identity.json'))).toBe('STORE-ABSENT');
      const range = { start: 0, end: 1 };
      expect(await codeOf(store.get('prod/identity.json', { range }))).toBe('STORE-ABSENT');
    });
  });

  describe('tags', () => {
    test('are none at first, and replaced as a whole', async () => {
      const store = await open();
      await fill(store, [KEY]);
      expect(await store.tags(KEY)).toEqual({});
      await store.tag(KEY, { expire: 'planned', by: 'retention' });
      expect(await store.tags(KEY)).toEqual({ expire: 'planned', by: 'retention' });
      await store.tag(KEY, { expire: 'agreed' });
      expect(await store.tags(KEY)).toEqual({ expire: 'agreed' });
    });

    test('need an object', async () => {
      const store = await open();
      expect(await codeOf(store.tag(KEY, { expire: 'planned' }))).toBe('STORE-ABSENT');
      expect(await codeOf(store.tags(KEY))).toBe('STORE-ABSENT');
    });
  });
}
