import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { FolderObjectStore } from '../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { claimLineage } from '../../../lib/core/store/lineage.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { emptySegment, IDENTITY } from '../../core/restore/wal/wal-archive.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { failureOf, runHere } from './run-holdfast.ts';

const FIRST = '000000010000000000000001';
const SECOND = '000000010000000000000002';
const THIRD = '000000010000000000000003';
const FOURTH = '000000010000000000000004';
const REFUSED = 200;

describe('wal-fetch, when the last planned segment is the second of an archive without it', () => {
  let place: readonly string[];
  let target: string;
  let proof: string;

  beforeEach(async () => {
    const folder = await temporaryFolder();
    const store = new FolderObjectStore(join(folder, 'store'));
    await mkdir(join(folder, 'store'));
    const lineage = await claimLineage(store, IDENTITY);
    for (const name of [FIRST, THIRD]) {
      await putSealed(store, lineage.keys.wal(name), emptySegment(name), { epoch: 1 });
    }
    target = join(folder, 'target');
    proof = join(folder, 'proof');
    place = ['--store', store.url, '--cluster', IDENTITY.cluster, '--proof', proof];
  });

  const fetch = async (name: string, ...words: readonly string[]) =>
    runHere(['wal-fetch', ...place, ...words, name, target]);
  const isProven = async (): Promise<boolean> =>
    access(proof).then(
      () => true,
      () => false,
    );

  test('gives what is there', async () => {
    expect(await fetch(FIRST, '--last', SECOND, '--stop-after-last')).toMatchObject({
      exitCode: 0,
    });
    expect(await readFile(target)).toEqual(emptySegment(FIRST));
    expect(await fetch(THIRD, '--last', SECOND)).toMatchObject({ exitCode: 0 });
    expect(await isProven()).toBe(false);
  });

  test('proves the absence of what comes after it', async () => {
    expect(await fetch(FOURTH, '--last', SECOND)).toMatchObject({ exitCode: 1 });
    expect(await isProven()).toBe(true);
  });

  test('leaves later WAL alone when the plan ends there', async () => {
    expect(await fetch(THIRD, '--last', SECOND, '--stop-after-last')).toMatchObject({
      exitCode: 1,
    });
    expect(await isProven()).toBe(true);
    await expect(access(target)).rejects.toThrow('ENOENT');
  });

  test.each([SECOND, FOURTH])('fails when planned segment %s is missing', async (last) => {
    expect(failureOf(await fetch(last, '--last', last))).toEqual({
      exitCode: REFUSED,
      code: 'RESTORE-WAL',
      hasHint: true,
    });
    expect(await isProven()).toBe(false);
  });

  test('fails when the last segment is none, or left out', async () => {
    expect(await fetch(FIRST, '--last', 'x')).toMatchObject({ exitCode: REFUSED });
    expect(failureOf(await fetch(FIRST, '--stop-after-last'))).toMatchObject({
      exitCode: REFUSED,
      code: 'CONFIG-INVALID',
    });
  });
});
