import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readKeyFile } from '../../../../../lib/core/adapters/store/envelope/key-file.ts';
import { addNewKey } from '../../../../../lib/core/adapters/store/envelope/new-key.ts';
import { runHere } from '../../../../bin/cli/run-holdfast.ts';
import { codeOf } from '../../../../contract/store-helpers.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

const isRoot = process.geteuid?.() === 0;

test('a key file is made, and every new key goes before the others', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'key');
  expect(await addNewKey(path, '2026')).toEqual({ id: '2026', kept: [] });
  const first = await readFile(path, 'utf8');
  expect(await addNewKey(path, '2027')).toEqual({ id: '2027', kept: ['2026'] });
  expect((await readFile(path, 'utf8')).endsWith(first)).toBe(true);
  expect((await readKeyFile(path)).map(({ id }) => id.slice(0, 4))).toEqual(['2027', '2026']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['key']);
});

test('of several that add a key at once, none loses another’s', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'key');
  await addNewKey(path, 'first');
  const ids = Array.from({ length: 8 }, (_, index) => `key-${index}`);
  const endings = await Promise.allSettled(ids.map(async (id) => addNewKey(path, id)));
  const added = endings.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
  const refusals = endings.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'VAULT-KEY' });
  const keys = (await readKeyFile(path)).map(({ id }) => id.slice(0, id.indexOf('/')));
  expect(new Set(keys)).toEqual(new Set([...added, 'first']));
  expect(keys).toHaveLength(added.length + 1);
  expect(added.length).toBeGreaterThan(0);
  expect(await readdir(folder)).toEqual(['key']);
});

test('one that was broken off is named, and stays for who looks', async () => {
  const path = join(await temporaryFolder(), 'key');
  await writeFile(`${path}.new`, 'half');
  await expect(addNewKey(path, '2026')).rejects.toMatchObject({
    code: 'VAULT-KEY',
    hint: expect.stringContaining(`remove ${path}.new`),
  });
  expect(await readFile(`${path}.new`, 'utf8')).toBe('half');
});

test('what is no key file, or has a key of that name, stays as it is', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'key');
  await addNewKey(path, '2026');
  const before = await readFile(path, 'utf8');
  expect(await codeOf(addNewKey(path, '2026'))).toBe('VAULT-KEY');
  expect(await readFile(path, 'utf8')).toBe(before);
  const other = join(folder, 'other');
  await writeFile(other, 'a letter', { mode: 0o600 });
  expect(await codeOf(addNewKey(other, '2026'))).toBe('VAULT-KEY');
  expect(await readFile(other, 'utf8')).toBe('a letter');
  expect((await readdir(folder)).toSorted()).toEqual(['key', 'other']);
});

test.skipIf(!isRoot)('a file that root adds a key to stays its owner’s', async () => {
  const path = join(await temporaryFolder(), 'key');
  await addNewKey(path, '2026');
  await chown(path, 0, 12_345);
  await addNewKey(path, '2027');
  expect(await stat(path)).toMatchObject({ uid: 0, gid: 12_345 });
});

test('the command line says which keys there are, and prints none', async () => {
  const path = join(await temporaryFolder(), 'key');
  await addNewKey(path, '2026');
  const { stdout, stderr, exitCode } = await runHere(['envelope-key', '--new', path, '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ file: path, kept: ['2026'] });
  const secrets = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(':')[1]);
  expect(secrets).toHaveLength(2);
  for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
});
