import { describe, expect, test } from 'vitest';
import { codeOf, fill, listKeys, type OpenStore, readObject } from './store-helpers.ts';

const KEY = 'prod/1-15/lease/base-backup.json';
const FIRST = Buffer.from('first holder');
const SECOND = Buffer.from('second holder');

export function leaseContract(open: OpenStore): void {
  describe('replace', () => {
    test('creates, then replaces what has the given etag', async () => {
      const store = await open();
      const created = await store.replace(KEY, FIRST, { ifMatch: undefined });
      expect((await store.head(KEY))?.etag).toBe(created);
      const replaced = await store.replace(KEY, SECOND, { ifMatch: created });
      expect(replaced).not.toBe(created);
      expect(await readObject(store, KEY)).toEqual(SECOND);
      expect(await store.head(KEY)).toMatchObject({ etag: replaced, bytes: SECOND.byteLength });
    });

    test('refuses to create what is there', async () => {
      const store = await open();
      await store.replace(KEY, FIRST, { ifMatch: undefined });
      expect(await codeOf(store.replace(KEY, SECOND, { ifMatch: undefined }))).toBe('STORE-LEASE');
      expect(await readObject(store, KEY)).toEqual(FIRST);
    });

    test('refuses a stale etag', async () => {
      const store = await open();
      const stale = await store.replace(KEY, FIRST, { ifMatch: undefined });
      await store.replace(KEY, SECOND, { ifMatch: stale });
      expect(await codeOf(store.replace(KEY, FIRST, { ifMatch: stale }))).toBe('STORE-LEASE');
      expect(await readObject(store, KEY)).toEqual(SECOND);
    });

    test('refuses an etag when nothing is there', async () => {
      const store = await open();
      expect(await codeOf(store.replace(KEY, FIRST, { ifMatch: '"none"' }))).toBe('STORE-LEASE');
      expect(await store.head(KEY)).toBeUndefined();
    });

    test('lets one of ten win every round of a race', async () => {
      const store = await open();
      let etag: string | undefined;
      for (let round = 0; round < 5; round += 1) {
        const ifMatch = etag;
        const outcomes = await Promise.allSettled(
          Array.from({ length: 10 }, async (_, index) =>
            store.replace(KEY, Buffer.from(`round ${round} writer ${index}`), { ifMatch }),
          ),
        );
        const winners = outcomes.flatMap((outcome, index) =>
          outcome.status === 'fulfilled' ? [{ index, etag: outcome.value }] : [],
        );
        expect(winners).toHaveLength(1);
        const text = `round ${round} writer ${winners[0]?.index}`;
        expect(String(await readObject(store, KEY))).toBe(text);
        etag = winners[0]?.etag;
      }
    });

    test('goes on for more rounds than are remembered', async () => {
      const store = await open();
      const first = await store.replace(KEY, FIRST, { ifMatch: undefined });
      let etag = first;
      for (let round = 0; round < 80; round += 1) {
        etag = await store.replace(KEY, Buffer.from(`round ${round}`), { ifMatch: etag });
      }
      expect(String(await readObject(store, KEY))).toBe('round 79');
      expect(await codeOf(store.replace(KEY, SECOND, { ifMatch: first }))).toBe('STORE-LEASE');
      expect(await codeOf(store.replace(KEY, SECOND, { ifMatch: undefined }))).toBe('STORE-LEASE');
    });

    test('replaces an object that was put, and shows it once in listings', async () => {
      const store = await open();
      await fill(store, [KEY, `${KEY}.old`]);
      const etag = (await store.head(KEY))?.etag;
      await store.replace(KEY, SECOND, { ifMatch: etag });
      expect(await readObject(store, KEY)).toEqual(SECOND);
      expect(await listKeys(store, 'prod/')).toEqual([KEY, `${KEY}.old`]);
      const [row] = await Array.fromAsync(store.list(KEY));
      expect(row?.bytes).toBe(SECOND.byteLength);
    });
  });
}
