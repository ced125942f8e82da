import { readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FolderObjectStore } from '../../../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { ExpiryTag } from '../../../../../lib/core/contract/key-layout.ts';
import type { ObjectMetadata, ObjectStore } from '../../../../../lib/core/ports/object-store.ts';
import { temporaryFolder } from '../../../../support/folders.ts';
import { fill, plainPut, readBody, sourceOf } from '../../../../contract/store-helpers.ts';

/** Calls that change the file system or make it durable, until the process is killed before one. */
const process = vi.hoisted(() => ({ effects: 0, killedBefore: Infinity, trace: [] as string[] }));

class Killed extends Error {}

vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original();
  const effect = <A extends unknown[], R>(run: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      process.effects += 1;
      process.trace.push([run.name, ...args].join(' '));
      // A dead process cleans nothing up either.
      if (process.effects >= process.killedBefore) throw new Killed();
      return run(...args);
    };
  };
  const { link, mkdir, open, rm, rmdir, unlink } = real;
  return {
    ...real,
    link: effect(link),
    mkdir: effect(mkdir) as typeof mkdir,
    open: effect(open),
    rename: effect(real.rename),
    rm: effect(rm),
    rmdir: effect(rmdir),
    unlink: effect(unlink),
  };
});

const DAY_MS = 86_400_000;
/** Hundreds of stores, each made durable. */
const LONG_MS = 120_000;
const NOON = new Date(Date.UTC(2026, 10, 22, 12));
const NEXT_DAY = new Date(NOON.getTime() + DAY_MS);
const FOLDER = 'prod/1-15/base/20261122T010203Z-1-2';
const RECORD = `${FOLDER}/backup.json`;
const PART = `${FOLDER}/part-00001.tar.zst`;
const WAL = 'prod/1-15/wal/00000001/00000000/000000010000000000000001.zst';
const KEPT_WAL = 'prod/1-15/wal/00000001/00000000/000000010000000000000002.zst';
const DUE = [RECORD, PART, WAL];
const BODY = Buffer.from('bytes of a part');

/** A backup and its WAL, all due, beside WAL that is not; one of them never got its sidecar beside it. */
async function stage(): Promise<string> {
  process.killedBefore = Infinity;
  const root = await temporaryFolder();
  const store = new FolderObjectStore(root);
  await fill(store, [RECORD, WAL, KEPT_WAL]);
  await store.putStream(PART, sourceOf(BODY));
  const { ino } = await stat(join(root, WAL));
  await rename(join(root, `${WAL}.meta`), join(root, '.tmp', `${ino}.meta`));
  for (const key of DUE) await store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
  return root;
}

/** Runs one expiry of a process that may be killed on its way; gives how many effects it got to. */
async function expire(root: string, now: Date, killedBefore = Infinity): Promise<number> {
  process.effects = 0;
  process.killedBefore = killedBefore;
  const run = new FolderObjectStore(root).expireTagged({ now, undeleteDays: 7 });
  const error = await run.catch((reason: unknown) => reason);
  expect(error instanceof Killed).toBe(killedBefore !== Infinity);
  process.killedBefore = Infinity;
  return process.effects;
}

/** What lies where objects are seen, and which keys are hidden. */
async function shapeOf(root: string): Promise<object> {
  const all = await readdir(root, { recursive: true });
  const seen = all.filter((path) => !path.startsWith('.')).sort();
  const hidden = new FolderObjectStore(root).hidden('');
  return { seen, hidden: await Array.fromAsync(hidden, ({ key }) => key) };
}

/** Files that are not seen, but for those that are being written. */
async function filesInHiding(root: string): Promise<readonly string[]> {
  const all = await readdir(join(root, '.hidden'), { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function contentOf(store: ObjectStore, key: string): Promise<Content> {
  const hidden = await Array.fromAsync(store.hidden(key));
  const version = hidden.find((one) => one.key === key)?.version;
  const body = await store.get(key, { version });
  return {
    isHidden: version !== undefined,
    text: String(await readBody(body)),
    metadata: body.stat.metadata,
  };
}

interface Content {
  readonly isHidden: boolean;
  readonly text: string;
  readonly metadata: ObjectMetadata | undefined;
}

describe('expiry in a folder', () => {
  afterEach(() => {
    process.killedBefore = Infinity;
  });

  test(
    'killed before any of its steps has lost nothing, and the next one ends the same',
    async () => {
      const whole = await stage();
      const effects = await expire(whole, NOON);
      const expected = await shapeOf(whole);
      expect(effects).toBeGreaterThan(20);
      for (let killedBefore = 1; killedBefore <= effects; killedBefore += 1) {
        const root = await stage();
        await expire(root, NOON, killedBefore);
        const store = new FolderObjectStore(root);
        const found = [];
        for (const key of DUE) found.push(await contentOf(store, key));
        expect({ killedBefore, text: found.map(({ text }) => text) }).toEqual({
          killedBefore,
          text: [RECORD, String(BODY), WAL],
        });
        const hashes = [plainPut(Buffer.from(RECORD)), undefined, plainPut(Buffer.from(WAL))];
        expect({ killedBefore, hashes: found.map(({ metadata }) => metadata) }).toMatchObject({
          killedBefore,
          hashes,
        });
        // What is left of a backup is never less than its record says.
        const order = found.map(({ isHidden }) => isHidden);
        expect({ killedBefore, order }).toEqual({
          killedBefore,
          order: order.toSorted((a, b) => Number(b) - Number(a)),
        });
        await expire(root, NEXT_DAY);
        expect({ killedBefore, ...(await shapeOf(root)) }).toEqual({ killedBefore, ...expected });
        expect(await contentOf(store, KEPT_WAL)).toMatchObject({ isHidden: false });
      }
    },
    LONG_MS,
  );

  test(
    'killed while it removes for good leaves nothing behind in the end',
    async () => {
      const past = new Date(NOON.getTime() + 7 * DAY_MS);
      const prepare = async (): Promise<string> => {
        const root = await stage();
        await expire(root, NOON);
        return root;
      };
      const whole = await prepare();
      const effects = await expire(whole, past);
      const expected = await shapeOf(whole);
      for (let killedBefore = 1; killedBefore <= effects; killedBefore += 1) {
        const root = await prepare();
        await expire(root, past, killedBefore);
        await expire(root, past);
        expect({ killedBefore, ...(await shapeOf(root)) }).toEqual({ killedBefore, ...expected });
        expect(await filesInHiding(root)).toEqual([]);
        const store = new FolderObjectStore(root);
        expect(await contentOf(store, KEPT_WAL)).toMatchObject({ isHidden: false, text: KEPT_WAL });
      }
    },
    LONG_MS,
  );

  test(
    'takes nothing of an object that was put in its place while it was killed',
    async () => {
      const effects = await expire(await stage(), NOON);
      for (let killedBefore = 1; killedBefore <= effects; killedBefore += 1) {
        const root = await stage();
        await expire(root, NOON, killedBefore);
        const store = new FolderObjectStore(root);
        if ((await store.head(WAL)) !== undefined) continue;
        await store.putIfAbsent(WAL, BODY, plainPut(BODY, { epoch: 2 }));
        await expire(root, NEXT_DAY);
        await expire(root, new Date(NOON.getTime() + 30 * DAY_MS));
        const found = await contentOf(store, WAL);
        expect(found).toMatchObject({ isHidden: false, text: String(BODY) });
        expect(found.metadata).toMatchObject(plainPut(BODY, { epoch: 2 }));
        expect(await filesInHiding(root)).toEqual([]);
      }
    },
    LONG_MS,
  );

  test('moves nothing before the sidecar is durable in its new place, and tidies after the move is', async () => {
    const root = await stage();
    process.trace.length = 0;
    await expire(root, NOON);
    const steps = process.trace.map((step) => step.replaceAll(`${root}/`, ''));
    const hidden = `.hidden/${RECORD}.versions`;
    const version = steps
      .find((step) => step.startsWith(`rename ${RECORD} `))
      ?.split('/')
      .at(-1);
    const about = steps.filter((step) =>
      [`${RECORD} `, `${RECORD}.`, `open ${hidden} r`, `open ${FOLDER} r`].some((part) =>
        `${step} `.includes(part),
      ),
    );
    const first = about.indexOf(`link ${RECORD}.meta ${hidden}/${version}.meta`);
    expect(about.slice(first, first + 7)).toEqual([
      `link ${RECORD}.meta ${hidden}/${version}.meta`,
      `open ${hidden} r`,
      `rename ${RECORD} ${hidden}/${version}`,
      `open ${hidden} r`,
      `open ${FOLDER} r`,
      `unlink ${RECORD}.meta`,
      `unlink ${RECORD}.tags`,
    ]);
  });

  test('leaves what was replaced, however it is tagged', async () => {
    const root = await temporaryFolder();
    const store = new FolderObjectStore(root);
    const etag = await store.replace('lease', BODY, { ifMatch: undefined });
    await store.tag('lease', { [ExpiryTag.KEY]: ExpiryTag.DUE });
    await expire(root, NOON);
    expect((await store.head('lease'))?.etag).toBe(etag);
  });
});
