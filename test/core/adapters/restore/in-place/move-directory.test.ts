import { mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  look,
  makeMove,
} from '../../../../../lib/core/adapters/restore/in-place/move-directory.ts';
import { makeEmptyDirectory } from '../../../../../lib/core/adapters/restore/in-place/wal-target.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

describe('a move', () => {
  test('never replaces what is there, not even an empty directory', async () => {
    const folder = await temporaryFolder();
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    await mkdir(from);
    await mkdir(to);
    await expect(makeMove({ kind: 'rename', from, to })).rejects.toMatchObject({
      code: 'RESTORE-IN-PLACE',
    });
    expect(await readdir(folder)).toEqual(['from', 'to']);
  });

  test('replaces a link and does not follow it', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'old'));
    const link = join(folder, 'link');
    await symlink('old', link);
    for (const _ of [1, 2]) await makeMove({ kind: 'relink', link, text: '/new' });
    expect(await readlink(link)).toBe('/new');
    expect(await readdir(join(folder, 'old'))).toEqual([]);
    expect((await look([link, folder, join(folder, 'none')]))(link)).toEqual({ linkText: '/new' });
  });
});

describe('the new directory behind a link', () => {
  test('is emptied only when it is known for the recovery’s own', async () => {
    const path = join(await temporaryFolder(), 'wal');
    const inode = await makeEmptyDirectory(path, undefined, undefined);
    expect(await makeEmptyDirectory(path, undefined, undefined)).toBe(inode);
    await writeFile(join(path, 'segment'), '');
    await expect(makeEmptyDirectory(path, undefined, undefined)).rejects.toMatchObject({
      code: 'RESTORE-NOT-EMPTY',
    });
    expect(await makeEmptyDirectory(path, inode, undefined)).toBe(inode);
    expect(await readdir(path)).toEqual([]);
  });
});
