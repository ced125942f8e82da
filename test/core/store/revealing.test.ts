import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { HiddenObject } from '../../../lib/core/ports/object-store.ts';
import { readingHidden } from '../../../lib/core/store/reading-hidden.ts';
import { revealing } from '../../../lib/core/store/revealing.ts';
import { hideAt } from '../../contract/store-hidden.contract.ts';
import { codeOf, fill, listKeys, plainPut, readObject } from '../../contract/store-helpers.ts';

const hide = hideAt(new Date(Date.UTC(2026, 10, 22)));
const BODY = Buffer.from('what came later');

/** Nobody may list its versions. */
class WithoutVersions extends MemoryObjectStore {
  override async *hidden(): AsyncGenerator<HiddenObject> {
    yield* [];
    throw new OpsError('STORE-DENIED', 'nobody may list versions');
  }
}

describe('a revealing store', () => {
  test('lists and reads as if nothing had ever been hidden, whatever was', async () => {
    const segment = fc.constantFrom('a', 'a-', 'a.x', 'a0', 'b', '10', 'wal');
    const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(key, fc.boolean()), { selector: ([name]) => name, maxLength: 12 }),
        fc.constantFrom('', 'a', 'a/', 'a/a', 'b/'),
        fc.option(key, { nil: undefined }),
        async (objects, prefix, after) => {
          const [store, untouched] = [new MemoryObjectStore(), new MemoryObjectStore()];
          for (const [name] of objects) {
            await fill(store, [name]);
            await fill(untouched, [name]);
          }
          for (const [name, isHidden] of objects) if (isHidden) await hide(store, name);
          const view = revealing(store);
          expect(await listKeys(view, prefix, after)).toEqual(
            await listKeys(untouched, prefix, after),
          );
          const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
          expect(await Array.fromAsync(view.folders(folder))).toEqual(
            await Array.fromAsync(untouched.folders(folder)),
          );
          for (const [name] of objects) {
            expect(String(await readObject(view, name))).toBe(name);
            expect((await view.head(name))?.metadata).toMatchObject(plainPut(Buffer.from(name)));
          }
        },
      ),
    );
  });

  test('shows what stands there rather than what is hidden under it', async () => {
    const store = new MemoryObjectStore();
    await fill(store, ['a']);
    await hide(store, 'a');
    await store.putIfAbsent('a', BODY, plainPut(BODY));
    const view = revealing(store);
    expect(await listKeys(view, '')).toEqual(['a']);
    expect(await readObject(view, 'a')).toEqual(BODY);
  });

  test('writes to the store itself', async () => {
    const store = new MemoryObjectStore();
    await fill(store, ['a']);
    await hide(store, 'a');
    expect(await revealing(store).putIfAbsent('a', BODY, plainPut(BODY))).toBe('created');
    expect(await readObject(store, 'a')).toEqual(BODY);
  });

  test('closes both listings when its reader has had enough', async () => {
    const store = new MemoryObjectStore();
    await fill(store, ['a', 'b', 'c']);
    await hide(store, 'b');
    for await (const { key } of revealing(store).list('')) {
      expect(key).toBe('a');
      break;
    }
  });

  test('says that a caller may not list versions', async () => {
    const store = new WithoutVersions();
    await fill(store, ['a']);
    expect(await codeOf(listKeys(revealing(store), ''))).toBe('STORE-DENIED');
    expect(await codeOf(revealing(store).head('b'))).toBe('STORE-DENIED');
  });
});

describe('a store that reads what is hidden', () => {
  test('gives it by its key, tells of it, and lists nothing more', async () => {
    const store = new MemoryObjectStore();
    await fill(store, ['a', 'a/b', 'b']);
    await hide(store, 'a');
    const told: string[] = [];
    const view = readingHidden(store, ({ key }) => told.push(key));
    expect(String(await readObject(view, 'a'))).toBe('a');
    expect(String(await readObject(view, 'b'))).toBe('b');
    expect(told).toEqual(['a']);
    expect(await listKeys(view, '')).toEqual(['a/b', 'b']);
    expect(await view.head('a')).toBeUndefined();
  });

  test('knows absent from hidden, also next to keys that begin alike', async () => {
    const store = new MemoryObjectStore();
    await fill(store, ['a/b']);
    await hide(store, 'a/b');
    const view = readingHidden(store);
    expect(await codeOf(view.get('a'))).toBe('STORE-ABSENT');
    expect(await codeOf(view.get('a/b', { version: 'none' }))).toBe('STORE-ABSENT');
  });

  test('is as ever for a caller who may not list versions', async () => {
    const store = new WithoutVersions();
    await fill(store, ['a']);
    const view = readingHidden(store);
    expect(String(await readObject(view, 'a'))).toBe('a');
    expect(await codeOf(view.get('b'))).toBe('STORE-ABSENT');
  });
});
