import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FolderObjectStore } from '../../../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { temporaryFolder } from '../../../../support/folders.ts';
import {
  codeOf,
  fill,
  listKeys,
  plainPut,
  readObject,
  sourceOf,
} from '../../../../contract/store-helpers.ts';

const KEY = 'prod/1-15/wal/a.zst';
const BODY = Buffer.from('the bytes');
const OTHER = Buffer.from('other ones');

interface Opened {
  readonly store: FolderObjectStore;
  readonly root: string;
  readonly path: string;
}

async function open(): Promise<Opened> {
  const root = await temporaryFolder();
  return { store: new FolderObjectStore(root), root, path: join(root, KEY) };
}

/** Brings about what a put leaves that was killed after its object was linked. */
async function killedAfterLink({ store, root, path }: Opened): Promise<string> {
  await store.putIfAbsent(KEY, BODY, plainPut(BODY));
  const { ino } = await stat(path);
  const waiting = join(root, '.tmp', `${ino}.meta`);
  await rename(`${path}.meta`, waiting);
  await link(path, join(root, '.tmp', 'object'));
  return waiting;
}

describe('a put that was killed', () => {
  test('while it wrote leaves a file that is never listed nor in the way', async () => {
    const { store, root } = await open();
    await mkdir(join(root, '.tmp'));
    await writeFile(join(root, '.tmp', 'torn'), BODY.subarray(0, 3));
    expect(await listKeys(store, '')).toEqual([]);
    expect(await Array.fromAsync(store.folders(''))).toEqual([]);
    expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('created');
  });

  test('before its object was linked leaves none, and any writer may follow', async () => {
    const { store, root, path } = await open();
    await store.putIfAbsent(KEY, BODY, plainPut(BODY));
    const { ino } = await stat(path);
    await rename(path, join(root, '.tmp', 'object'));
    await rename(`${path}.meta`, join(root, '.tmp', `${ino}.meta`));
    expect(await store.head(KEY)).toBeUndefined();
    expect(await store.putIfAbsent(KEY, OTHER, plainPut(OTHER, { epoch: 2 }))).toBe('created');
    expect((await store.head(KEY))?.metadata).toMatchObject(plainPut(OTHER, { epoch: 2 }));
  });

  test('after its object was linked is whole to readers, with its own metadata', async () => {
    const opened = await open();
    await killedAfterLink(opened);
    expect(await readObject(opened.store, KEY)).toEqual(BODY);
    expect((await opened.store.head(KEY))?.metadata).toMatchObject(plainPut(BODY));
    expect(await listKeys(opened.store, '')).toEqual([KEY]);
  });

  test('after its object was linked is finished by the next put', async () => {
    const opened = await open();
    await killedAfterLink(opened);
    expect(await opened.store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('identical');
    await rm(join(opened.root, '.tmp'), { recursive: true });
    expect((await opened.store.head(KEY))?.metadata).toMatchObject(plainPut(BODY));
  });

  test('after its object was linked is a conflict for other bytes and other epochs', async () => {
    const { store, ...rest } = await open();
    await killedAfterLink({ store, ...rest });
    const otherEpoch = plainPut(BODY, { epoch: 2 });
    expect(await codeOf(store.putIfAbsent(KEY, OTHER, plainPut(OTHER)))).toBe('WAL-CONFLICT');
    expect(await codeOf(store.putIfAbsent(KEY, BODY, otherEpoch))).toBe('WAL-CONFLICT');
    expect((await store.head(KEY))?.metadata?.epoch).toBe(1);
  });

  test('never lends its metadata to a later file with the same inode', async () => {
    const { store, root } = await open();
    await mkdir(join(root, '.tmp'));
    await fill(store, ['a']);
    const sidecar = await readFile(join(root, 'a.meta'));
    const { ino } = await stat(join(root, 'a'));
    for (let next = ino; next < ino + 50; next += 1) {
      await writeFile(join(root, '.tmp', `${next}.meta`), sidecar);
    }
    await store.putStream('b', sourceOf(BODY));
    expect(await store.head('b')).toMatchObject({ metadata: undefined });
  });
});

describe('a sidecar', () => {
  test('without its object is no object, and replaced with the next one', async () => {
    const { store, path } = await open();
    await store.putIfAbsent(KEY, BODY, plainPut(BODY));
    await rm(path);
    expect(await store.head(KEY)).toBeUndefined();
    expect(await listKeys(store, '')).toEqual([]);
    expect(await store.putIfAbsent(KEY, OTHER, plainPut(OTHER))).toBe('created');
    expect((await store.head(KEY))?.metadata).toMatchObject(plainPut(OTHER));
  });

  test('that is gone never makes an object identical', async () => {
    const { store, path } = await open();
    await store.putIfAbsent(KEY, BODY, plainPut(BODY));
    await rm(`${path}.meta`);
    expect((await store.head(KEY))?.metadata).toBeUndefined();
    expect(await codeOf(store.putIfAbsent(KEY, BODY, plainPut(BODY)))).toBe('WAL-CONFLICT');
  });

  test('is found damaged at any flipped bit', async () => {
    const { store, path } = await open();
    await store.putIfAbsent(KEY, BODY, plainPut(BODY));
    const sound = await readFile(`${path}.meta`);
    const end = sound.byteLength - '\n'.length;
    for (let at = 0; at < end; at += 7) {
      const flipped = Buffer.from(sound);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await writeFile(`${path}.meta`, flipped);
      expect(await codeOf(store.head(KEY))).toBe('STORE-CORRUPT');
    }
  });

  test('shows that its object was cut', async () => {
    const { store, path } = await open();
    await store.putIfAbsent(KEY, BODY, plainPut(BODY));
    await writeFile(path, BODY.subarray(1));
    expect(await codeOf(store.head(KEY))).toBe('STORE-CORRUPT');
    expect(await codeOf(store.get(KEY))).toBe('STORE-CORRUPT');
  });
});

describe('a folder', () => {
  test('that does not exist is a missing store, and is not created', async () => {
    const root = join(await temporaryFolder(), 'unmounted');
    const store = new FolderObjectStore(root);
    expect(await codeOf(store.head(KEY))).toBe('STORE-MISSING');
    expect(await codeOf(store.get(KEY))).toBe('STORE-MISSING');
    expect(await codeOf(listKeys(store, 'prod/'))).toBe('STORE-MISSING');
    expect(await codeOf(Array.fromAsync(store.folders('')))).toBe('STORE-MISSING');
    expect(await codeOf(store.putIfAbsent('a', BODY, plainPut(BODY)))).toBe('STORE-MISSING');
    expect(await codeOf(store.putStream(KEY, sourceOf(BODY)))).toBe('STORE-MISSING');
    expect(await codeOf(store.replace(KEY, BODY, { ifMatch: undefined }))).toBe('STORE-MISSING');
    expect(await readdir(dirname(root))).toEqual([]);
  });

  test.each(['/', '//', '/./'])('is at the path that its URL means, ending in %j', async (end) => {
    const root = await temporaryFolder();
    const store = new FolderObjectStore(`${root}${end}`);
    expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('created');
    expect((await stat(join(root, KEY))).size).toBe(BODY.byteLength);
  });

  test('keeps objects and folders from other users', async () => {
    const { store, path } = await open();
    await store.putIfAbsent(KEY, BODY, plainPut(BODY));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  test('refuses a key that is a folder of others, and one below an object', async () => {
    const { store } = await open();
    await fill(store, ['a/b']);
    expect(await store.head('a')).toBeUndefined();
    expect(await store.head('a/b/c')).toBeUndefined();
    expect(await codeOf(store.putIfAbsent('a', BODY, plainPut(BODY)))).toBe('STORE-KEY');
    expect(await codeOf(store.putIfAbsent('a/b/c', BODY, plainPut(BODY)))).toBe('STORE-KEY');
  });

  test('leaves nothing unfinished behind after what it did', async () => {
    const { store, root } = await open();
    await fill(store, ['a', 'b']);
    await store.putStream('c', sourceOf(BODY));
    const etag = await store.replace('lease', BODY, { ifMatch: undefined });
    await store.replace('lease', OTHER, { ifMatch: etag });
    await store.tag('a', { expire: 'planned' });
    await store.proveConditional('a', BODY);
    await codeOf(store.putIfAbsent('a', OTHER, plainPut(OTHER)));
    await codeOf(store.putStream('a', sourceOf(BODY)));
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });

  test('does not list what no key can name', async () => {
    const { store, root } = await open();
    await fill(store, ['a']);
    await mkdir(join(root, 'lost+found'));
    await writeFile(join(root, '.DS_Store'), '');
    expect(await listKeys(store, '')).toEqual(['a']);
    expect(await Array.fromAsync(store.folders(''))).toEqual([]);
  });
});
