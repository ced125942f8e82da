import { describe, expect, test } from 'vitest';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { codeOf, refusalOf, type OpenStore, plainPut, readObject } from './store-helpers.ts';

const KEY = 'prod/1-15/wal/00000001/00000000/000000010000000000000001.zst';
const BODY = Buffer.from('bytes of a segment');
const OTHER = Buffer.from('other bytes');

export function putContract(open: OpenStore): void {
  describe('put if absent', () => {
    test('stores bytes with their hashes and epoch', async () => {
      const store = await open();
      const plainSha256 = sha256(OTHER);
      expect(await store.putIfAbsent(KEY, BODY, { plainSha256, epoch: 7 })).toBe('created');
      expect(await readObject(store, KEY)).toEqual(BODY);
      expect(await store.head(KEY)).toMatchObject({
        key: KEY,
        bytes: BODY.byteLength,
        metadata: { plainSha256, storedSha256: sha256(BODY), epoch: 7 },
      });
    });

    test('stores an empty object', async () => {
      const store = await open();
      const empty = Buffer.alloc(0);
      expect(await store.putIfAbsent(KEY, empty, plainPut(empty))).toBe('created');
      expect(await store.putIfAbsent(KEY, empty, plainPut(empty))).toBe('identical');
      expect(await readObject(store, KEY)).toEqual(empty);
    });

    test('finds the same plain bytes of the same epoch identical, however they are packed', async () => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('identical');
      expect(await store.putIfAbsent(KEY, OTHER, plainPut(BODY))).toBe('identical');
      expect(await readObject(store, KEY)).toEqual(BODY);
    });

    test('refuses other bytes under the same key, naming both hashes', async () => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      const error = await refusalOf(store.putIfAbsent(KEY, OTHER, plainPut(OTHER, { epoch: 2 })));
      expect(error.code).toBe('WAL-CONFLICT');
      expect(error.details).toEqual({
        key: KEY,
        offeredSha256: sha256(OTHER),
        storedSha256: sha256(BODY),
        offeredEpoch: 2,
        storedEpoch: 1,
      });
      expect(await readObject(store, KEY)).toEqual(BODY);
    });

    test('refuses the same bytes from another epoch', async () => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      expect(await codeOf(store.putIfAbsent(KEY, BODY, plainPut(BODY, { epoch: 2 })))).toBe(
        'WAL-CONFLICT',
      );
    });

    test('accepts the same bytes from an epoch that was taken over', async () => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      const takeOver = { epoch: 3, acceptEpochs: [1, 2] };
      expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY, takeOver))).toBe('identical');
      expect(await codeOf(store.putIfAbsent(KEY, OTHER, plainPut(OTHER, takeOver)))).toBe(
        'WAL-CONFLICT',
      );
    });

    test('lets exactly one of ten concurrent puts win', async () => {
      const store = await open();
      const bodies = Array.from({ length: 10 }, (_, index) => Buffer.from(`writer ${index}`));
      const outcomes = await Promise.allSettled(
        bodies.map(async (body) => store.putIfAbsent(KEY, body, plainPut(body))),
      );
      const winners = bodies.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      expect(await readObject(store, KEY)).toEqual(winners[0]);
      const codes = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason.code] : []));
      expect(codes).toEqual(Array(9).fill('WAL-CONFLICT'));
    });

    test('reports success to all of ten concurrent puts of the same bytes', async () => {
      const store = await open();
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, async () => store.putIfAbsent(KEY, BODY, plainPut(BODY))),
      );
      expect(outcomes.toSorted()).toEqual(['created', ...Array(9).fill('identical')]);
    });

    test('refuses an object that carries no hashes to compare', async () => {
      const store = await open();
      await store.replace(KEY, BODY, { ifMatch: undefined });
      expect(await codeOf(store.putIfAbsent(KEY, BODY, plainPut(BODY)))).toBe('WAL-CONFLICT');
    });

    test.each(['', '/a', 'a/', 'a//b', '../a', 'a/../b', 'a/./b', '.tmp/a', 'a\0', 'a b', 'a\\b'])(
      'refuses the key %j',
      async (key) => {
        const store = await open();
        expect(await codeOf(store.putIfAbsent(key, BODY, plainPut(BODY)))).toBe('STORE-KEY');
        expect(await codeOf(store.head(key))).toBe('STORE-KEY');
      },
    );

    test('proves that a second put is refused', async () => {
      const store = await open();
      await store.putIfAbsent(KEY, BODY, plainPut(BODY));
      await store.proveConditional(KEY, BODY);
      expect((await store.head(KEY))?.metadata?.plainSha256).toBe(sha256(BODY));
    });
  });
}
