import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeOwnedDirectory } from '../../../../lib/core/adapters/restore/owned-directory.ts';
import { temporaryFolder } from '../../../support/folders.ts';

/** Above every account's number. */
const NOBODY = { uid: 2 ** 40, gid: 2 ** 40 };

test('a directory that cannot be given to its owner does not appear', async () => {
  const place = join(await temporaryFolder(), 'data');
  await expect(makeOwnedDirectory(place, NOBODY)).rejects.toThrow(RangeError);
  expect(await readdir(dirname(place))).toEqual([]);
});

test('what a maker that died has left is made anew', async () => {
  const place = join(await temporaryFolder(), 'data');
  await mkdir(`${place}.incoming`);
  await makeOwnedDirectory(place, undefined);
  expect(await readdir(dirname(place))).toEqual(['data']);
  expect((await stat(place)).mode & 0o777).toBe(0o700);
});
