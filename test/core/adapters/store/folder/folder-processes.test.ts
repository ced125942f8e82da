import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FolderObjectStore } from '../../../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { fill, listKeys, plainPut, readObject } from '../../../../contract/store-helpers.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

const CALLER = join(import.meta.dirname, 'store-caller.ts');

/** The outcome of one call made by a user whom permissions bind. */
async function callAsOther(verb: string, root: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CALLER, verb, root]);
  return stdout.trim();
}

/** A store with one object, within a folder everybody may enter. */
async function sharedStore(mode: number): Promise<string> {
  const parent = await temporaryFolder();
  const root = join(parent, 'store');
  await mkdir(root);
  await fill(new FolderObjectStore(root), ['a']);
  await rm(join(root, '.tmp'), { recursive: true });
  await chmod(parent, 0o755);
  await chmod(root, mode);
  onTestFinished(async () => chmod(root, 0o700));
  return root;
}

describe('a store of somebody else', () => {
  test.each(['read', 'list', 'write'])('denies to %s what may not be entered', async (verb) => {
    expect(await callAsOther(verb, await sharedStore(0o000))).toBe('STORE-DENIED');
  });

  test('denies writing where only reading is allowed', async () => {
    const root = await sharedStore(0o555);
    expect(await callAsOther('list', root)).toBe('done');
    expect(await callAsOther('write', root)).toBe('STORE-DENIED');
  });
});

describe('a writer killed at any moment', () => {
  test.each([1, 2, 3, 4, 5, 6])('loses nothing it reported, round %i', async (round) => {
    const root = await temporaryFolder();
    const writer = spawn(process.execPath, [CALLER, 'write-on', root], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(writer, 'exit');
    const reported: string[] = [];
    for await (const key of createInterface(writer.stdout)) {
      reported.push(key);
      if (reported.length === round * 3) setTimeout(() => writer.kill('SIGKILL'), round / 2);
    }
    await ended;

    const store = new FolderObjectStore(root);
    const listed = await listKeys(store, 'wal/');
    expect(listed).toEqual(expect.arrayContaining(reported));
    expect(listed.length - reported.length).toBeLessThanOrEqual(1);
    for (const key of [...listed, 'wal/next']) {
      const body = Buffer.from(`bytes of ${key}`);
      const outcome = await store.putIfAbsent(key, body, plainPut(body));
      expect(outcome).toBe(key === 'wal/next' ? 'created' : 'identical');
      expect(await readObject(store, key)).toEqual(body);
    }
  });
});
