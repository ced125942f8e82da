import pMap from 'p-map';
import { describe, expect, test } from 'vitest';
import { codeOf, fill, listKeys, type OpenStore } from './store-helpers.ts';

/** Names around the slash in byte order: `-` and `.` sort before it, digits and letters after. */
const TRICKY = [
  'a-b/1',
  'a-b/2',
  'a.x',
  'a/-',
  'a/1',
  'a/1.json',
  'a/10/x',
  'a/1_',
  'a/B',
  'a/b',
  'a0',
  'a=1',
  'aa/x',
  'b',
];

export function listContract(open: OpenStore): void {
  describe('listings', () => {
    test('give all keys in byte order', async () => {
      const store = await open();
      await fill(store, TRICKY.toReversed());
      expect(await listKeys(store, '')).toEqual(TRICKY.toSorted());
    });

    test.each(['a', 'a/', 'a/1', 'a-', 'a/10/', 'c', 'c/d/'])(
      'give keys from %j',
      async (prefix) => {
        const store = await open();
        await fill(store, TRICKY);
        const expected = TRICKY.toSorted().filter((key) => key.startsWith(prefix));
        expect(await listKeys(store, prefix)).toEqual(expected);
      },
    );

    test.each(['a', 'a-b/1', 'a/', 'a/1', 'a/10/x', 'a/5', 'zz', '0'])(
      'go on after %j',
      async (after) => {
        const store = await open();
        await fill(store, TRICKY);
        const expected = TRICKY.toSorted().filter((key) => key > after);
        expect(await listKeys(store, '', after)).toEqual(expected);
        const within = expected.filter((key) => key.startsWith('a/'));
        expect(await listKeys(store, 'a/', after)).toEqual(within);
      },
    );

    test('show neither tags nor unfinished objects', async () => {
      const store = await open();
      await fill(store, ['a/1']);
      await store.tag('a/1', { expire: 'planned' });
      expect(await listKeys(store, '')).toEqual(['a/1']);
      expect(await Array.fromAsync(store.folders(''))).toEqual(['a']);
    });

    test('end when their reader has had enough', async () => {
      const store = await open();
      await fill(store, TRICKY);
      for await (const { key } of store.list('a/')) {
        expect(key).toBe('a/-');
        break;
      }
      expect(await listKeys(store, 'b')).toEqual(['b']);
    });

    test('go past one page', async () => {
      const store = await open();
      const keys = Array.from({ length: 1_003 }, (_, index) => `wal/${index + 10_000}.zst`);
      await pMap(keys, async (key) => fill(store, [key]), { concurrency: 8 });
      expect(await listKeys(store, 'wal/')).toEqual(keys);
      expect(await listKeys(store, 'wal/', 'wal/11000.zst')).toEqual(keys.slice(1_001));
    });

    test('give the folders under a prefix', async () => {
      const store = await open();
      await fill(store, TRICKY);
      expect(await Array.fromAsync(store.folders(''))).toEqual(['a-b', 'a', 'aa']);
      expect(await Array.fromAsync(store.folders('a/'))).toEqual(['10']);
      expect(await Array.fromAsync(store.folders('none/'))).toEqual([]);
    });

    test('are refused outside the store', async () => {
      const store = await open();
      expect(await codeOf(listKeys(store, '../'))).toBe('STORE-KEY');
      expect(await codeOf(listKeys(store, 'a//'))).toBe('STORE-KEY');
      expect(await codeOf(Array.fromAsync(store.folders('a')))).toBe('STORE-KEY');
    });
  });
}
