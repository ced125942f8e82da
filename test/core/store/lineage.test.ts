import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { unsafeStore } from '../../../lib/core/adapters/store/store-refusals.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { ObjectStore, PutOptions } from '../../../lib/core/ports/object-store.ts';
import {
  claimLineage,
  lineageNames,
  openLineage,
  proveLineageStore,
  resolveLineage,
} from '../../../lib/core/store/lineage.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { codeOf, listKeys, plainPut, readObject, refusalOf } from '../../contract/store-helpers.ts';
import { LINEAGE_IDENTITY } from '../../support/wal-fixture.ts';

const OTHER_SYSTEM = { ...LINEAGE_IDENTITY, systemIdentifier: '7400000000000000002' };
const LATER = { ...LINEAGE_IDENTITY, createdAt: new Date('2026-12-01T00:00:00.000Z') };
const IDENTITY_KEY = `orders/${LINEAGE_IDENTITY.systemIdentifier}-15/identity.json`;

/** A server that takes every put, whatever its condition. */
class CarelessStore extends MemoryObjectStore {
  override async putIfAbsent(
    key: string,
    body: Uint8Array,
    { plainSha256, epoch }: PutOptions,
  ): Promise<'created' | 'identical'> {
    const etag = (await this.head(key))?.etag;
    await this.replace(key, body, { ifMatch: etag });
    this.sealed.set(key, { plainSha256, storedSha256: plainSha256, epoch });
    return 'created';
  }

  readonly sealed = new Map<string, PutOptions & { readonly storedSha256: string }>();

  override async get(...args: Parameters<ObjectStore['get']>): ReturnType<ObjectStore['get']> {
    const { stat, chunks } = await super.get(...args);
    return { stat: { ...stat, metadata: this.sealed.get(args[0]) }, chunks };
  }

  override async proveConditional(): Promise<void> {
    throw unsafeStore(this.url);
  }
}

describe('claimLineage', () => {
  test('creates a lineage and then finds the same one, whenever it asks', async () => {
    const store = new MemoryObjectStore();
    const first = await claimLineage(store, LINEAGE_IDENTITY);
    expect(await claimLineage(store, LATER)).toEqual({ ...first, keys: expect.anything() });
    expect(first.identity).toEqual(LINEAGE_IDENTITY);
    expect(first.id).toEqual({
      cluster: 'orders',
      systemIdentifier: LINEAGE_IDENTITY.systemIdentifier,
      major: 15,
    });
    expect(await listKeys(store, '')).toEqual([IDENTITY_KEY]);
  });

  test('lets several claim at once, and one identity stand', async () => {
    const store = new MemoryObjectStore();
    const wanted = Array.from({ length: 5 }, (_, i) => ({
      ...LINEAGE_IDENTITY,
      createdAt: new Date(i),
    }));
    const claimed = await Promise.all(wanted.map(async (one) => claimLineage(store, one)));
    expect(new Set(claimed.map(({ identity }) => identity.createdAt.getTime())).size).toBe(1);
  });

  test('refuses another system and leaves the store as it is', async () => {
    const store = new MemoryObjectStore();
    await claimLineage(store, LINEAGE_IDENTITY);
    expect(await codeOf(claimLineage(store, OTHER_SYSTEM))).toBe('CATALOG-LINEAGE');
    expect(await listKeys(store, '')).toEqual([IDENTITY_KEY]);
  });

  test('refuses another major version of the same system', async () => {
    const store = new MemoryObjectStore();
    await claimLineage(store, LINEAGE_IDENTITY);
    const upgraded = claimLineage(store, { ...LINEAGE_IDENTITY, major: 16 });
    expect(await codeOf(upgraded)).toBe('CATALOG-LINEAGE');
  });

  test('begins a second lineage when it is allowed to', async () => {
    const store = new MemoryObjectStore();
    await claimLineage(store, LINEAGE_IDENTITY);
    await claimLineage(store, OTHER_SYSTEM, { allowNew: true });
    expect(await lineageNames(store, 'orders')).toEqual([
      '7400000000000000001-15',
      '7400000000000000002-15',
    ]);
  });

  test('refuses another segment size', async () => {
    const store = new MemoryObjectStore();
    await claimLineage(store, LINEAGE_IDENTITY);
    const resized = claimLineage(store, { ...LINEAGE_IDENTITY, segmentBytes: 2 ** 24 });
    expect(await codeOf(resized)).toBe('WAL-IDENTITY');
  });

  test('refuses a store that ignores conditions and changes nothing in it', async () => {
    const store = new CarelessStore();
    expect(await codeOf(claimLineage(store, LINEAGE_IDENTITY))).toBe('STORE-UNSAFE');
    const written = await readObject(store, IDENTITY_KEY);
    expect(await codeOf(claimLineage(store, LATER))).toBe('STORE-UNSAFE');
    expect(await readObject(store, IDENTITY_KEY)).toEqual(written);
  });

  test.each(['', 'A', 'a', 'Orders', '1st', 'a/b', '../x', 'a'.repeat(32)])(
    'refuses %j as a cluster id',
    async (cluster) => {
      const store = new MemoryObjectStore();
      const claim = claimLineage(store, { ...LINEAGE_IDENTITY, cluster });
      expect(await codeOf(claim)).toBe('CONFIG-INVALID');
      expect(await listKeys(store, '')).toEqual([]);
    },
  );
});

describe('resolveLineage', () => {
  test('finds the only lineage', async () => {
    const store = new MemoryObjectStore();
    await claimLineage(store, LINEAGE_IDENTITY);
    expect((await resolveLineage(store, 'orders')).identity).toEqual(LINEAGE_IDENTITY);
  });

  test('names the clusters there are when it does not know one', async () => {
    const store = new MemoryObjectStore();
    await claimLineage(store, LINEAGE_IDENTITY);
    await claimLineage(store, { ...LINEAGE_IDENTITY, cluster: 'billing' });
    const refusal = await refusalOf(resolveLineage(store, 'order'));
    expect(refusal).toMatchObject({ code: 'CATALOG-CLUSTER' });
    expect(refusal.hint).toContain('billing, orders');
  });

  test('says so when the store is empty', async () => {
    const refusal = await refusalOf(resolveLineage(new MemoryObjectStore(), 'orders'));
    expect(refusal).toMatchObject({ code: 'CATALOG-CLUSTER' });
    expect(refusal.hint).toContain('empty');
  });

  test('knows no cluster either for a role that may look at its own only', async () => {
    class OwnFolderOnly extends MemoryObjectStore {
      override async *folders(prefix: string): AsyncGenerator<string> {
        if (prefix === '') throw new OpsError('STORE-DENIED', 'may not list the whole store');
        yield* super.folders(prefix);
      }
    }
    const refusal = await refusalOf(resolveLineage(new OwnFolderOnly(), 'orders'));
    expect(refusal).toMatchObject({ code: 'CATALOG-CLUSTER' });
    expect(refusal.hint).toContain('holdfast init');
  });

  test('wants one of several to be chosen, and names them', async () => {
    const store = new MemoryObjectStore();
    await claimLineage(store, LINEAGE_IDENTITY);
    await claimLineage(store, OTHER_SYSTEM, { allowNew: true });
    const refusal = await refusalOf(resolveLineage(store, 'orders'));
    expect(refusal).toMatchObject({ code: 'CATALOG-LINEAGE' });
    expect(refusal.hint).toContain('7400000000000000001-15, 7400000000000000002-15');
    const chosen = await resolveLineage(store, 'orders', { lineage: '7400000000000000002-15' });
    expect(chosen.identity).toEqual(OTHER_SYSTEM);
  });

  test.each(['7400000000000000009-15', 'nonsense', '../billing'])(
    'refuses %s, which the cluster does not have',
    async (lineage) => {
      const store = new MemoryObjectStore();
      await claimLineage(store, LINEAGE_IDENTITY);
      expect(await codeOf(resolveLineage(store, 'orders', { lineage }))).toBe('CATALOG-LINEAGE');
    },
  );
});

describe('openLineage', () => {
  test('refuses an identity record of another lineage', async () => {
    const store = new MemoryObjectStore();
    const body = await readObject(await claimed(OTHER_SYSTEM), identityKey(OTHER_SYSTEM));
    await putSealed(store, IDENTITY_KEY, body, { epoch: 0 });
    expect(await codeOf(openLineage(store, LINEAGE_IDENTITY))).toBe('STORE-CORRUPT');
  });

  test('refuses an identity record that does not match its hash', async () => {
    const store = new MemoryObjectStore();
    const body = Buffer.from(await readObject(await claimed(LINEAGE_IDENTITY), IDENTITY_KEY));
    const options = plainPut(body);
    body[40] = (body[40] ?? 0) ^ 1;
    await store.putIfAbsent(IDENTITY_KEY, body, options);
    expect(await codeOf(openLineage(store, LINEAGE_IDENTITY))).toBe('STORE-CORRUPT');
  });

  test('refuses a record of a newer format by name', async () => {
    const store = new MemoryObjectStore();
    await putSealed(store, IDENTITY_KEY, Buffer.from('{"format": 2}'), { epoch: 0 });
    expect(await codeOf(openLineage(store, LINEAGE_IDENTITY))).toBe('STORE-FORMAT');
  });

  test('says when there is none', async () => {
    expect(await codeOf(openLineage(new MemoryObjectStore(), LINEAGE_IDENTITY))).toBe(
      'STORE-ABSENT',
    );
  });
});

describe('proveLineageStore', () => {
  test('accepts a record that another release laid out in another way', async () => {
    const store = new MemoryObjectStore();
    const laidOut = String(await readObject(await claimed(LINEAGE_IDENTITY), IDENTITY_KEY));
    const compact = JSON.stringify(JSON.parse(laidOut));
    await putSealed(store, IDENTITY_KEY, Buffer.from(compact), { epoch: 0 });
    const lineage = await openLineage(store, LINEAGE_IDENTITY);
    await expect(proveLineageStore(store, lineage)).resolves.toBeUndefined();
  });
});

async function claimed(identity: typeof LINEAGE_IDENTITY): Promise<ObjectStore> {
  const store = new MemoryObjectStore();
  await claimLineage(store, identity);
  return store;
}

function identityKey({ cluster, systemIdentifier, major }: typeof LINEAGE_IDENTITY): string {
  return `${cluster}/${systemIdentifier}-${major}/identity.json`;
}
