import { link, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderObjectStore } from '../../../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { sweepStage } from '../../../../../lib/core/adapters/store/folder/folder-sweep.ts';
import { plainPut, readObject, sourceOf } from '../../../../contract/store-helpers.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

const BODY = Buffer.from('the bytes');
const DAY_MS = 24 * 60 * 60 * 1_000;
const YOUNG = '00000000-0000-4000-8000-000000000001';
const OLD = '00000000-0000-4000-8000-000000000002';
const SECOND_NAME = '00000000-0000-4000-8000-000000000003';

test('what a killed writer left is removed by the next part of a backup, once it is a day old', async () => {
  const root = await temporaryFolder();
  const stage = join(root, '.tmp');
  await mkdir(stage);
  const store = new FolderObjectStore(root);
  await store.putIfAbsent('object', BODY, plainPut(BODY));
  // File systems tell the time by ticks of some milliseconds.
  const yesterday = new Date(Date.now() - DAY_MS - 1_000);
  for (const name of [YOUNG, OLD, '4711.meta', 'notes']) await writeFile(join(stage, name), BODY);
  // A writer that was killed right after it had linked its object.
  await link(join(root, 'object'), join(stage, SECOND_NAME));
  for (const name of [OLD, '4711.meta', 'notes', SECOND_NAME]) {
    await utimes(join(stage, name), yesterday, yesterday);
  }

  await store.putIfAbsent('other', BODY, plainPut(BODY));
  expect(await readdir(stage)).toContain(OLD);
  await store.putStream('part', sourceOf(BODY));
  expect((await readdir(stage)).toSorted()).toEqual([YOUNG, '4711.meta', 'notes']);
  expect(await readObject(store, 'object')).toEqual(BODY);
  expect(await store.head('object')).toMatchObject({ metadata: plainPut(BODY) });
});

test('what is being written stays, however wrong the clock of this machine is', async () => {
  const root = await temporaryFolder();
  const stage = join(root, '.tmp');
  await mkdir(stage);
  await writeFile(join(stage, YOUNG), BODY);
  // A file server whose clock is two days behind.
  const itsNow = new Date(Date.now() - 2 * DAY_MS);
  for (const path of [join(stage, YOUNG), stage]) await utimes(path, itsNow, itsNow);
  await sweepStage(root);
  expect(await readdir(stage)).toEqual([YOUNG]);
});
