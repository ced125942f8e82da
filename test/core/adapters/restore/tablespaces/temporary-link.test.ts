import { mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  isFree,
  makeTemporaryLink,
  removeTemporaryLink,
} from '../../../../../lib/core/adapters/restore/tablespaces/temporary-link.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

let root: string;
let to: string;
let from: string;

beforeEach(async () => {
  root = await temporaryFolder();
  to = join(root, 'new');
  from = join(root, 'a', 'b', 'old');
  await mkdir(to);
});

describe('a temporary link', () => {
  test('leads to the new place until it goes, with the directories made for it', async () => {
    expect(await isFree(from, to)).toBe(true);
    await makeTemporaryLink(from, to);
    expect(await readlink(from)).toBe(to);
    await removeTemporaryLink(from, to);
    expect(await readdir(root)).toEqual(['new']);
  });

  test('of an interrupted try is made again and goes as well', async () => {
    await makeTemporaryLink(from, to);
    expect(await isFree(from, to)).toBe(true);
    await makeTemporaryLink(from, to);
    await removeTemporaryLink(from, to);
    expect(await readdir(root)).toEqual(['new']);
  });

  test('leaves the directories that another one still needs', async () => {
    const second = join(root, 'a', 'c');
    await makeTemporaryLink(from, to);
    await makeTemporaryLink(second, to);
    await removeTemporaryLink(from, to);
    expect(await readlink(second)).toBe(to);
    await removeTemporaryLink(second, to);
    expect(await readdir(root)).toEqual(['new']);
  });

  test('is not made of what is somebody else’s, nor is that removed', async () => {
    await mkdir(join(root, 'a', 'b'), { recursive: true });
    await symlink('/elsewhere', from);
    expect(await isFree(from, to)).toBe(false);
    await removeTemporaryLink(from, to);
    expect(await readlink(from)).toBe('/elsewhere');
    await rm(from);
    await writeFile(from, 'a file');
    expect(await isFree(from, to)).toBe(false);
    await removeTemporaryLink(from, to);
    expect(await readdir(join(root, 'a', 'b'))).toEqual(['old']);
  });
});
