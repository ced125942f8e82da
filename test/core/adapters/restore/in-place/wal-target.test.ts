import { lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeEmptyDirectory } from '../../../../../lib/core/adapters/restore/in-place/wal-target.ts';
import { ownerOf } from '../../../../../lib/core/adapters/system/file-owner.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

test('empties what it made itself, and nothing else', async () => {
  const path = join(await temporaryFolder(), 'pg_wal');
  const inode = await makeEmptyDirectory(path, undefined, undefined);
  await writeFile(join(path, 'segment'), '');
  await expect(makeEmptyDirectory(path, undefined, undefined)).rejects.toMatchObject({
    code: 'RESTORE-NOT-EMPTY',
  });
  expect(await makeEmptyDirectory(path, inode, undefined)).toBe(inode);
  expect(await readdir(path)).toEqual([]);
});

test.each(['another account'].filter(() => process.getuid?.() === 0))(
  'gives %s also what an earlier try had no time to give away',
  async () => {
    const path = join(await temporaryFolder(), 'pg_wal');
    await mkdir(path);
    const owner = { ...(await ownerOf(path)), uid: 1, gid: 1 };
    await makeEmptyDirectory(path, undefined, owner);
    expect((await lstat(path)).uid).toBe(1);
  },
);
