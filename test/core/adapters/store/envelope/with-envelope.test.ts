import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DataKeys } from '../../../../../lib/core/adapters/store/envelope/data-keys.ts';
import {
  CHUNK_BYTES,
  sealedBytes,
} from '../../../../../lib/core/adapters/store/envelope/sealed-size.ts';
import { withEnvelope } from '../../../../../lib/core/adapters/store/envelope/with-envelope.ts';
import { MemoryObjectStore } from '../../../../../lib/core/adapters/store/memory-object-store.ts';
import { lineageKeys } from '../../../../../lib/core/contract/key-layout.ts';
import { getSealed, putSealed } from '../../../../../lib/core/store/sealed-object.ts';
import { sha256 } from '../../../../../lib/core/store/sha256.ts';
import {
  codeOf,
  failingSource,
  plainPut,
  readBody,
  readObject,
  sourceOf,
} from '../../../../contract/store-helpers.ts';
import { PART, someKeys } from './sealed-stage.ts';

const KEYS = lineageKeys({ cluster: 'prod', systemIdentifier: '1', major: 15 });
const RECORD = KEYS.hold('20261122T010203Z');
const TEXT = Buffer.from('{"reason":"a row that nobody may read"}');

describe('a sealed store', () => {
  test('gives any bytes and any range of them back, whatever chunks they come in', async () => {
    const keys = someKeys();
    const size = fc.oneof(
      fc.nat(3_000),
      fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -17, max: 17 }))
        .map(([chunks, more]) => chunks * CHUNK_BYTES + more),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: CHUNK_BYTES + 3 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(size, cuts, fc.nat(), fc.nat(), async (bytes, lengths, one, other) => {
        const body = Buffer.alloc(bytes, sha256(Buffer.from(String(bytes))));
        const store = withEnvelope(new MemoryObjectStore(), keys);
        expect(await store.putStream(PART, pieces(body, lengths))).toBe(bytes);
        expect((await readObject(store, PART)).equals(body)).toBe(true);
        const [start = 0, end = 0] = [one % (bytes + 1), other % (bytes + 1)].sort((a, b) => a - b);
        const part = await readBody(await store.get(PART, { range: { start, end } }));
        expect(part.equals(body.subarray(start, end))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('holds nothing of what is put, and tells its sizes and hashes', async () => {
    const inner = new MemoryObjectStore();
    const store = withEnvelope(inner, someKeys());
    await putSealed(store, RECORD, TEXT, { epoch: 7 });
    await store.putStream(PART, sourceOf(TEXT));
    for (const key of [RECORD, PART]) {
      const stored = await readObject(inner, key);
      expect(stored.includes('nobody')).toBe(false);
      expect(stored.byteLength).toBe(sealedBytes(TEXT.byteLength));
      expect((await store.head(key))?.bytes).toBe(TEXT.byteLength);
    }
    const stat = (await getSealed(store, RECORD)).stat;
    expect(stat).toEqual(await store.head(RECORD));
    expect(stat.metadata).toEqual({
      plainSha256: sha256(TEXT),
      storedSha256: sha256(TEXT),
      epoch: 7,
    });
    // What lies there can be proven without any key.
    const stored = await readObject(inner, RECORD);
    expect((await inner.head(RECORD))?.metadata?.storedSha256).toBe(sha256(stored));
    const rows = await Array.fromAsync(store.list(''));
    expect(rows.map(({ bytes }) => bytes)).toEqual([TEXT.byteLength, TEXT.byteLength]);
  });

  test('seals the same bytes differently each time, and finds them identical all the same', async () => {
    const inner = new MemoryObjectStore();
    const store = withEnvelope(inner, someKeys());
    expect(await putSealed(store, RECORD, TEXT, { epoch: 1 })).toBe('created');
    const first = await readObject(inner, RECORD);
    expect(await putSealed(store, RECORD, TEXT, { epoch: 1 })).toBe('identical');
    expect(await readObject(inner, RECORD)).toEqual(first);
    expect(await codeOf(putSealed(store, RECORD, TEXT, { epoch: 2 }))).toBe('WAL-CONFLICT');
  });

  test('leaves the identity and leases as they are', async () => {
    const inner = new MemoryObjectStore();
    const store = withEnvelope(inner, someKeys());
    await putSealed(store, KEYS.identity, TEXT, { epoch: 0 });
    await store.proveConditional(KEYS.identity, TEXT);
    await store.replace(KEYS.lease('backup'), TEXT, { ifMatch: undefined });
    for (const key of [KEYS.identity, KEYS.lease('backup')]) {
      expect(await readObject(inner, key)).toEqual(TEXT);
      expect(await readObject(store, key)).toEqual(TEXT);
    }
  });

  test('reads what lay there before as it is, and tells its size below base/', async () => {
    const inner = new MemoryObjectStore();
    const store = withEnvelope(inner, someKeys());
    const large = Buffer.alloc(5_000, 'x');
    const before = KEYS.backup('20261121T010203Z-1-2');
    const since = KEYS.backup('20261122T010203Z-1-3');
    await putSealed(inner, before.record, TEXT, { epoch: 0 });
    await inner.putStream(before.part(1), sourceOf(large));
    await putSealed(store, since.record, TEXT, { epoch: 0 });
    await store.putStream(since.part(1), sourceOf(large));
    const rows = await Array.fromAsync(store.list('prod/'));
    expect(rows.map(({ key, bytes }) => [key, bytes])).toEqual([
      [before.record, TEXT.byteLength],
      [before.part(1), large.byteLength],
      [since.record, TEXT.byteLength],
      [since.part(1), large.byteLength],
    ]);
    for (const { key, bytes } of rows) {
      expect((await store.head(key))?.bytes).toBe(bytes);
      expect((await readObject(store, key)).byteLength).toBe(bytes);
    }
  });

  test('tells the sizes of what is hidden, and reads it', async () => {
    const store = withEnvelope(new MemoryObjectStore(), someKeys());
    await store.putStream(PART, sourceOf(TEXT));
    await store.tag(PART, { 'holdfast-expiry': 'due' });
    await store.expireTagged({ now: new Date(), undeleteDays: 7 });
    const [hidden] = await Array.fromAsync(store.hidden('prod/'));
    expect(hidden?.bytes).toBe(TEXT.byteLength);
    const body = await store.get(PART, { version: hidden?.version });
    expect(await readBody(body)).toEqual(TEXT);
  });

  test('forgets every data key, however a call ends', async () => {
    const keys = someKeys();
    const seen: Buffer[] = [];
    const noting: DataKeys = {
      ...keys,
      create: async (...words) => {
        const made = await keys.create(...words);
        seen.push(made.key);
        return made;
      },
      unwrap: async (...words) => {
        const key = await keys.unwrap(...words);
        seen.push(key);
        return key;
      },
    };
    const store = withEnvelope(new MemoryObjectStore(), noting);
    await store.putIfAbsent(RECORD, TEXT, plainPut(TEXT));
    await store.putStream(PART, sourceOf(Buffer.alloc(3 * CHUNK_BYTES)));
    const broken = failingSource(new Error('broke'), Buffer.alloc(2 * CHUNK_BYTES));
    await expect(store.putStream(`${PART}.2`, broken)).rejects.toThrow('broke');
    await readObject(store, PART);
    for await (const _ of (await store.get(PART)).chunks) break;
    expect(seen).toHaveLength(5);
    expect(seen.every((key) => key.equals(Buffer.alloc(32)))).toBe(true);
  });

  test('asks for no key before a taken name is refused', async () => {
    const store = withEnvelope(new MemoryObjectStore(), {
      ...someKeys(),
      create: async () => {
        throw new Error('asked for a key');
      },
    });
    await store.replace(PART, TEXT, { ifMatch: undefined });
    expect(await codeOf(store.putStream(PART, sourceOf(TEXT)))).toBe('WAL-CONFLICT');
  });
});

async function* pieces(body: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < body.byteLength; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield body.subarray(at, at + length);
    at += length;
    // Thousands of pieces of one byte prove no more than some.
    if (turn === 500) lengths = [CHUNK_BYTES / 2 + 7];
  }
}
