import { expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import type {
  GetOptions,
  ObjectBody,
  ReplaceOptions,
} from '../../../lib/core/ports/object-store.ts';
import { leaseHolder, withLease } from '../../../lib/core/store/lease.ts';
import { codeOf } from '../../contract/store-helpers.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const KEY = 'orders/1-15/lease/backup.json';
const TTL_MS = 60_000;

/** A store from which somebody can remove the lease by hand. */
class EmptiedStore extends MemoryObjectStore {
  isEmptied = false;

  override async get(key: string, options?: GetOptions): Promise<ObjectBody> {
    return super.get(this.#place(key), options);
  }

  override async replace(key: string, body: Uint8Array, options: ReplaceOptions): Promise<string> {
    return super.replace(this.#place(key), body, options);
  }

  #place(key: string): string {
    return this.isEmptied ? `${key}.newer` : key;
  }
}

test('a lease that was removed by hand is lost to whoever takes it then, with the same fence', async () => {
  const [store, clock] = [new EmptiedStore(), fakeClock()];
  const ended = Promise.withResolvers<void>();
  const hold = async (name: string): Promise<number> =>
    withLease(store, KEY, { name, ttlMs: TTL_MS, clock }, async (signal, fence) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(signal.reason));
      await Promise.race([ended.promise, promise]);
      return fence;
    });
  const first = codeOf(hold('first'));
  await clock.advance(1);
  store.isEmptied = true;
  const second = hold('second');
  await clock.advance(TTL_MS);
  expect(await first).toBe('STORE-LEASE');
  expect(await leaseHolder(store, KEY, clock.now())).toBe('second');
  ended.resolve();
  expect(await second).toBe(1);
});
