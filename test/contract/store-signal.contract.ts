import { describe, expect, test } from 'vitest';
import type { CallOptions, ObjectStore } from '../../lib/core/ports/object-store.ts';
import { listKeys, type OpenStore, plainPut, readObject, sourceOf } from './store-helpers.ts';

const KEY = 'prod/a';
const NEW_KEY = 'prod/b';
const BODY = Buffer.from('body');
const OTHER = Buffer.from('other');

const CALLS: Readonly<Record<string, (s: ObjectStore, o: CallOptions) => Promise<unknown>>> = {
  putIfAbsent: async (s, o) => s.putIfAbsent(NEW_KEY, OTHER, plainPut(OTHER, o)),
  putStream: async (s, o) => s.putStream(NEW_KEY, sourceOf(OTHER), o),
  replace: async (s, o) => s.replace(NEW_KEY, OTHER, { ifMatch: undefined, ...o }),
  get: async (s, o) => s.get(KEY, o),
  head: async (s, o) => s.head(KEY, o),
  list: async (s, o) => Array.fromAsync(s.list('', o)),
  folders: async (s, o) => Array.fromAsync(s.folders('', o)),
  hidden: async (s, o) => Array.fromAsync(s.hidden('', o)),
  expireTagged: async (s, o) => s.expireTagged({ now: new Date(), undeleteDays: 1 }, o),
  tag: async (s, o) => s.tag(KEY, { expire: 'planned' }, o),
  tags: async (s, o) => s.tags(KEY, o),
  proveConditional: async (s, o) => s.proveConditional(KEY, BODY, o),
};

export function signalContract(open: OpenStore): void {
  describe('signals', () => {
    test.each(Object.keys(CALLS))('%s changes nothing once aborted', async (name) => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      const reason = new Error('shutting down');
      const signal = AbortSignal.abort(reason);
      await expect(CALLS[name]?.(store, { signal })).rejects.toBe(reason);
      expect(await listKeys(store, '')).toEqual([KEY]);
      expect(await readObject(store, KEY)).toEqual(BODY);
      expect(await store.tags(KEY)).toEqual({});
    });

    test('end a read that is under way', async () => {
      const store = await open();
      await store.putStream(KEY, sourceOf(Buffer.alloc(8 * 1024 * 1024)));
      const ending = new AbortController();
      const reason = new Error('shutting down');
      const { chunks } = await store.get(KEY, { signal: ending.signal });
      const read = async (): Promise<void> => {
        for await (const chunk of chunks) if (chunk.byteLength > 0) ending.abort(reason);
      };
      await expect(read()).rejects.toBe(reason);
    });

    test('end a listing that is under way', async () => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      await store.putIfAbsent(NEW_KEY, BODY, plainPut(BODY));
      const ending = new AbortController();
      const reason = new Error('shutting down');
      const read = async (): Promise<void> => {
        for await (const { key } of store.list('', { signal: ending.signal })) {
          if (key === KEY) ending.abort(reason);
        }
      };
      await expect(read()).rejects.toBe(reason);
    });
  });
}
