import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { ReplaceOptions } from '../../../lib/core/ports/object-store.ts';
import { decodeLease, leaseHolder, withLease } from '../../../lib/core/store/lease.ts';
import { codeOf, readObject, refusalOf } from '../../contract/store-helpers.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';

const KEY = 'orders/1-15/lease/backup.json';
const TTL_MS = 60_000;

/** A store that can be taken out of reach of writers. */
class SeveredStore extends MemoryObjectStore {
  isSevered = false;

  override async replace(key: string, body: Uint8Array, options: ReplaceOptions): Promise<string> {
    if (this.isSevered) throw new OpsError('STORE-UNAVAILABLE', 'the store is out of reach');
    return super.replace(key, body, options);
  }
}

/** A store whose next answer to a replacement is lost on its way. */
class ForgetfulStore extends MemoryObjectStore {
  losesNext = false;

  override async replace(key: string, body: Uint8Array, options: ReplaceOptions): Promise<string> {
    const etag = await super.replace(key, body, options);
    if (!this.losesNext) return etag;
    this.losesNext = false;
    throw new OpsError('STORE-UNAVAILABLE', 'the answer was lost');
  }
}

/** Work that goes on until it is told to end, or its lease is lost. */
function startWork(
  store: MemoryObjectStore,
  clock: FakeClock,
  name = 'first',
): { readonly done: Promise<number>; readonly end: () => void } {
  const ended = Promise.withResolvers<void>();
  const holder = { name, ttlMs: TTL_MS, clock };
  const done = withLease(store, KEY, holder, async (signal, fence) => {
    signal.addEventListener('abort', () => ended.reject(signal.reason));
    await ended.promise;
    return fence;
  });
  // Whoever awaits it later still sees its failure.
  done.catch(() => undefined);
  return { done, end: ended.resolve };
}

async function takeOnce(
  store: MemoryObjectStore,
  clock: FakeClock,
  name = 'next',
): Promise<number> {
  return withLease(store, KEY, { name, ttlMs: TTL_MS, clock }, async (_, fence) => fence);
}

describe('withLease', () => {
  test('refuses a second holder and names the first', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    const first = startWork(store, clock);
    await clock.advance(1);
    const refusal = await refusalOf(takeOnce(store, clock));
    expect(refusal.code).toBe('BACKUP-BUSY');
    expect(refusal.message).toContain('first');
    first.end();
    expect(await first.done).toBe(1);
  });

  test('lets the next holder in at once when it is released, with a higher fence', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    expect(await takeOnce(store, clock)).toBe(1);
    expect(await leaseHolder(store, KEY, clock.now())).toBeUndefined();
    expect(await takeOnce(store, clock)).toBe(2);
  });

  test('holds nobody up once it is released, however far ahead its holder’s clock was', async () => {
    const store = new MemoryObjectStore();
    const ahead = fakeClock(new Date('2027-11-22T00:00:00.000Z'));
    expect(await takeOnce(store, ahead)).toBe(1);
    expect(await takeOnce(store, fakeClock())).toBe(2);
    expect(await leaseHolder(store, KEY, new Date(1))).toBeUndefined();
  });

  test('is released also when the work fails, with its own error', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    const failing = withLease(store, KEY, { name: 'first', ttlMs: TTL_MS, clock }, async () => {
      throw new OpsError('BACKUP-FAILED', 'it broke');
    });
    expect(await codeOf(failing)).toBe('BACKUP-FAILED');
    expect(await takeOnce(store, clock)).toBe(2);
  });

  test('is kept by renewal for as long as the work takes', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    const first = startWork(store, clock);
    for (let minute = 0; minute < 10; minute += 1) {
      await clock.advance(TTL_MS);
      expect(await leaseHolder(store, KEY, clock.now())).toBe('first');
      expect(await codeOf(takeOnce(store, clock))).toBe('BACKUP-BUSY');
    }
    first.end();
    expect(await first.done).toBe(1);
  });

  test('goes to a successor with the next fence when its holder died', async () => {
    const [store, clock] = [new SeveredStore(), fakeClock()];
    const first = startWork(store, clock);
    await clock.advance(1);
    store.isSevered = true;
    first.end();
    await first.done;
    store.isSevered = false;
    expect(await codeOf(takeOnce(store, clock))).toBe('BACKUP-BUSY');
    await clock.advance(TTL_MS);
    expect(await takeOnce(store, clock)).toBe(2);
  });

  test('survives a store that is out of reach for less than its term', async () => {
    const [store, clock] = [new SeveredStore(), fakeClock()];
    const first = startWork(store, clock);
    await clock.advance(1);
    store.isSevered = true;
    await clock.advance(TTL_MS - 2);
    store.isSevered = false;
    await clock.advance(TTL_MS);
    first.end();
    expect(await first.done).toBe(1);
  });

  test('is still held when the answer to a renewal was lost', async () => {
    const [store, clock] = [new ForgetfulStore(), fakeClock()];
    const first = startWork(store, clock);
    await clock.advance(1);
    store.losesNext = true;
    for (let minute = 0; minute < 3; minute += 1) {
      await clock.advance(TTL_MS);
      expect(await leaseHolder(store, KEY, clock.now())).toBe('first');
    }
    expect(store.losesNext).toBe(false);
    first.end();
    expect(await first.done).toBe(1);
    expect(await leaseHolder(store, KEY, clock.now())).toBeUndefined();
  });

  test('ends the work once the store is out of reach for its whole term', async () => {
    const [store, clock] = [new SeveredStore(), fakeClock()];
    const first = startWork(store, clock);
    await clock.advance(1);
    store.isSevered = true;
    await clock.advance(TTL_MS);
    expect(await codeOf(first.done)).toBe('STORE-LEASE');
  });

  test('ends the work at its next renewal when somebody else holds the lease', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    const first = startWork(store, clock);
    await clock.advance(1);
    const late = fakeClock(new Date(clock.now().getTime() + 2 * TTL_MS));
    const second = startWork(store, late, 'second');
    await clock.advance(TTL_MS / 3);
    expect(await codeOf(first.done)).toBe('STORE-LEASE');
    expect(await leaseHolder(store, KEY, late.now())).toBe('second');
    second.end();
    expect(await second.done).toBe(2);
  });

  test('gives the lease to one of several that want it at once', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    const all = Array.from({ length: 5 }, (_, i) => startWork(store, clock, `worker ${i}`));
    await clock.advance(1);
    for (const { end } of all) end();
    const outcomes = await Promise.allSettled(all.map(({ done }) => done));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(new Set(lost)).toEqual(new Set(['BACKUP-BUSY']));
  });

  test('passes the caller’s abort on and still releases', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    const caller = new AbortController();
    const holder = { name: 'first', ttlMs: TTL_MS, clock, signal: caller.signal };
    const work = withLease(store, KEY, holder, async (signal) => {
      caller.abort(new OpsError('ABORTED', 'enough'));
      signal.throwIfAborted();
    });
    expect(await codeOf(work)).toBe('ABORTED');
    expect(await leaseHolder(store, KEY, clock.now())).toBeUndefined();
  });

  test('refuses to work with a damaged lease', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    await takeOnce(store, clock);
    const [bytes, stat] = [await readObject(store, KEY), await store.head(KEY)];
    const damaged = Buffer.from(String(bytes).replace('"fence": 1', '"fence": 7'));
    await store.replace(KEY, damaged, { ifMatch: stat?.etag });
    expect(await codeOf(takeOnce(store, clock))).toBe('STORE-CORRUPT');
    expect(await codeOf(leaseHolder(store, KEY, clock.now()))).toBe('STORE-CORRUPT');
  });
});

describe('decodeLease', () => {
  test('finds every flipped bit', async () => {
    const [store, clock] = [new MemoryObjectStore(), fakeClock()];
    await takeOnce(store, clock, 'host-7, process 4711');
    const bytes = await readObject(store, KEY);
    expect(decodeLease(bytes, KEY)).toMatchObject({ holder: 'host-7, process 4711', fence: 1 });
    for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeLease(damaged, KEY), `bit ${bit}`).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^STORE-(CORRUPT|FORMAT)$/) }),
      );
    }
  });

  test('refuses anything that is no lease', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(() => decodeLease(Buffer.from(text), KEY)).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^STORE-(CORRUPT|FORMAT)$/) }),
        );
      }),
    );
  });
});
