import { describe, expect, test } from 'vitest';
import { ExpiryTag } from '../../lib/core/contract/key-layout.ts';
import type { HiddenObject, ObjectStore } from '../../lib/core/ports/object-store.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import {
  codeOf,
  fill,
  listKeys,
  type OpenStore,
  plainPut,
  readBody,
  readObject,
  sourceOf,
} from './store-helpers.ts';
import { hiddenProgressContract } from './store-hidden-progress.contract.ts';

/** Hides an object as whoever runs the store would have it hidden. */
export type Hide = (store: ObjectStore, key: string) => Promise<void>;

const DAY_MS = 86_400_000;
const NOON = new Date(Date.UTC(2026, 10, 22, 12));
const FOLDER = 'prod/1-15/base/20261122T010203Z-1-2';
const RECORD = `${FOLDER}/backup.json`;
const PART = `${FOLDER}/part-00001.tar.zst`;
const WAL = 'prod/1-15/wal/00000001/00000000/000000010000000000000001.zst';
const BODY = Buffer.from('bytes of a segment');
const OTHER = Buffer.from('other bytes');

/** By the tag that is due, at a time of its own. */
export function hideAt(now: Date): Hide {
  return async (store, key) => {
    await store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
    await store.expireTagged({ now, undeleteDays: 7 });
  };
}

/** What every adapter does with objects under a delete marker. */
export function hiddenContract(name: string, open: OpenStore, hide: Hide): void {
  describe(`hidden objects: ${name}`, () => {
    hiddenProgressContract(open, hide);
    test('are neither listed nor read by their keys', async () => {
      const store = await open();
      await fill(store, [RECORD, WAL]);
      await hide(store, RECORD);
      expect(await listKeys(store, '')).toEqual([WAL]);
      expect(await store.head(RECORD)).toBeUndefined();
      expect(await codeOf(store.get(RECORD))).toBe('STORE-ABSENT');
      expect(await codeOf(store.tags(RECORD))).toBe('STORE-ABSENT');
    });

    test('are found with what is known of them, and read by their version', async () => {
      const store = await open();
      await store.putIfAbsent(WAL, BODY, { plainSha256: sha256(OTHER), epoch: 7 });
      const before = await store.head(WAL);
      await hide(store, WAL);
      const found = await onlyHidden(store);
      const { key, bytes, etag, modifiedAt } = found;
      expect({ key, bytes, etag, modifiedAt }).toEqual(headOf(before));
      expect(found.hiddenAt).toBeInstanceOf(Date);
      const { version } = found;
      const body = await store.get(WAL, { version });
      expect(body.stat).toEqual(before);
      expect(await readBody(body)).toEqual(BODY);
      const range = { start: 6, end: 8 };
      expect(String(await readBody(await store.get(WAL, { version, range })))).toBe('of');
      const nothing = await store.get(WAL, { version, range: { start: 0, end: 0 } });
      expect(nothing.stat).toEqual(before);
      expect(await readBody(nothing)).toEqual(Buffer.alloc(0));
    });

    test('are streamed ones too', async () => {
      const store = await open();
      await store.putStream(PART, sourceOf(BODY, OTHER));
      await hide(store, PART);
      const { version, bytes } = await onlyHidden(store);
      expect(bytes).toBe(BODY.byteLength + OTHER.byteLength);
      const body = await store.get(PART, { version });
      expect(body.stat.metadata).toBeUndefined();
      expect(await readBody(body)).toEqual(Buffer.concat([BODY, OTHER]));
    });

    test('come in byte order, below a prefix, after a key', async () => {
      const store = await open();
      const keys = ['a-b/1', 'a/1', 'a/10/x', 'a/b', 'a0', 'b'];
      await fill(store, keys);
      for (const key of keys.filter((one) => one !== 'a/b').toReversed()) await hide(store, key);
      const hidden = async (prefix: string, after?: string): Promise<string[]> =>
        Array.fromAsync(store.hidden(prefix, { after }), ({ key }) => key);
      expect(await hidden('')).toEqual(['a-b/1', 'a/1', 'a/10/x', 'a0', 'b']);
      expect(await hidden('a/')).toEqual(['a/1', 'a/10/x']);
      expect(await hidden('a/1')).toEqual(['a/1', 'a/10/x']);
      expect(await hidden('', 'a/10/x')).toEqual(['a0', 'b']);
      expect(await hidden('a/', 'a/1')).toEqual(['a/10/x']);
      expect(await hidden('c')).toEqual([]);
      expect(await codeOf(hidden('../'))).toBe('STORE-KEY');
    });

    test('leave their names to others, and are then read by version alone', async () => {
      const store = await open();
      await store.putIfAbsent(WAL, BODY, plainPut(BODY));
      await hide(store, WAL);
      const { version } = await onlyHidden(store);
      expect(await store.putIfAbsent(WAL, OTHER, plainPut(OTHER, { epoch: 2 }))).toBe('created');
      expect(await Array.fromAsync(store.hidden(''))).toEqual([]);
      expect(await readObject(store, WAL)).toEqual(OTHER);
      expect((await store.head(WAL))?.metadata).toMatchObject(plainPut(OTHER, { epoch: 2 }));
      expect(await store.tags(WAL)).toEqual({});
      const body = await store.get(WAL, { version });
      expect(body.stat.metadata).toMatchObject(plainPut(BODY));
      expect(await readBody(body)).toEqual(BODY);
    });

    test('are the newest of several', async () => {
      const store = await open();
      await fill(store, [WAL]);
      await hide(store, WAL);
      const older = await onlyHidden(store);
      await store.putIfAbsent(WAL, OTHER, plainPut(OTHER));
      await hide(store, WAL);
      const newer = await onlyHidden(store);
      expect(newer.version).not.toBe(older.version);
      expect(newer.hiddenAt.getTime()).toBeGreaterThanOrEqual(older.hiddenAt.getTime());
      expect(await readBody(await store.get(WAL, newer))).toEqual(OTHER);
      expect(String(await readBody(await store.get(WAL, older)))).toBe(WAL);
    });

    test('have versions of their own', async () => {
      const store = await open();
      await fill(store, [WAL, RECORD]);
      await hide(store, WAL);
      const { version } = await onlyHidden(store);
      expect(await codeOf(store.get(RECORD, { version }))).toBe('STORE-ABSENT');
    });

    test('are not looked for once aborted', async () => {
      const store = await open();
      await fill(store, [WAL, RECORD]);
      await hide(store, WAL);
      const reason = new Error('shutting down');
      const signal = AbortSignal.abort(reason);
      await expect(Array.fromAsync(store.hidden('', { signal }))).rejects.toBe(reason);
      await expect(store.expireTagged({ now: NOON, undeleteDays: 0 }, { signal })).rejects.toBe(
        reason,
      );
    });
  });
}

/** What adapters do whose store acts on no tag by itself. */
export function expiryContract(name: string, open: OpenStore): void {
  describe(`expiry: ${name}`, () => {
    test('hides what is due and nothing else, records first', async () => {
      const store = await open();
      const others = ['prod/1-15/identity.json', `${FOLDER}0/backup.json`];
      await fill(store, [WAL, PART, RECORD, ...others]);
      for (const key of [WAL, PART, RECORD]) await store.tag(key, due());
      await store.tag(others[1] ?? '', { [ExpiryTag.KEY]: ExpiryTag.KEPT });
      expect(await expire(store, NOON)).toEqual([
        ['hidden', RECORD],
        ['hidden', PART],
        ['hidden', WAL],
      ]);
      expect(await listKeys(store, '')).toEqual(others.toSorted());
      expect(await Array.fromAsync(store.folders('prod/1-15/base/'))).toEqual([
        '20261122T010203Z-1-20',
      ]);
      const hidden = await Array.fromAsync(store.hidden(''));
      expect(hidden.map(({ hiddenAt }) => hiddenAt)).toEqual([NOON, NOON, NOON]);
    });

    test('removes for good what was hidden long enough ago', async () => {
      const store = await open();
      await fill(store, [WAL, PART]);
      await store.tag(WAL, due());
      await expire(store, NOON);
      await store.tag(PART, due());
      const later = new Date(NOON.getTime() + DAY_MS);
      await expire(store, later);
      const { version } = await hiddenAt(store, WAL);
      const justBefore = new Date(NOON.getTime() + 7 * DAY_MS - 1);
      expect(await expire(store, justBefore)).toEqual([]);
      expect(await expire(store, new Date(NOON.getTime() + 7 * DAY_MS))).toEqual([
        ['removed', WAL],
      ]);
      expect(await codeOf(store.get(WAL, { version }))).toBe('STORE-ABSENT');
      expect((await onlyHidden(store)).key).toBe(PART);
      expect(await expire(store, new Date(later.getTime() + 7 * DAY_MS))).toEqual([
        ['removed', PART],
      ]);
      expect(await Array.fromAsync(store.hidden(''))).toEqual([]);
    });

    test('leaves alone what lies outside of the prefix, whose terms are others', async () => {
      const store = await open();
      await fill(store, [PART, WAL]);
      for (const key of [PART, WAL]) await store.tag(key, due());
      await store.expireTagged({ now: NOON, undeleteDays: 7, prefix: `${FOLDER}/` });
      expect(await listKeys(store, '')).toEqual([WAL]);
      await store.expireTagged({ now: NOON, undeleteDays: 0, prefix: 'prod/1-15/wal/' });
      const hidden = await Array.fromAsync(store.hidden(''));
      expect(hidden.map(({ key }) => key)).toEqual([PART, WAL]);
    });

    test('lets nothing go by a tag that another object had under its name', async () => {
      const store = await open();
      await store.putIfAbsent(WAL, BODY, plainPut(BODY));
      await hideAt(NOON)(store, WAL);
      await store.putIfAbsent(WAL, OTHER, plainPut(OTHER));
      expect(await expire(store, NOON)).toEqual([]);
      expect(await expire(store, new Date(NOON.getTime() + 7 * DAY_MS))).toEqual([
        ['removed', WAL],
      ]);
      expect(await readObject(store, WAL)).toEqual(OTHER);
      expect((await store.head(WAL))?.metadata).toMatchObject(plainPut(OTHER));
    });
  });
}

function due(): Record<string, string> {
  return { [ExpiryTag.KEY]: ExpiryTag.DUE };
}

async function expire(store: ObjectStore, now: Date): Promise<[string, string][]> {
  const done: [string, string][] = [];
  await store.expireTagged(
    { now, undeleteDays: 7 },
    { onExpired: (key, what) => done.push([what, key]) },
  );
  return done;
}

async function onlyHidden(store: ObjectStore): Promise<HiddenObject> {
  const [only, ...others] = await Array.fromAsync(store.hidden(''));
  expect(others).toEqual([]);
  if (only === undefined) throw new Error('nothing is hidden');
  return only;
}

async function hiddenAt(store: ObjectStore, key: string): Promise<HiddenObject> {
  const all = await Array.fromAsync(store.hidden(key));
  const found = all.find((one) => one.key === key);
  if (found === undefined) throw new Error(`${key} is not hidden`);
  return found;
}

function headOf(stat: Awaited<ReturnType<ObjectStore['head']>>): object | undefined {
  if (stat === undefined) return undefined;
  const { metadata, ...head } = stat;
  return head;
}
