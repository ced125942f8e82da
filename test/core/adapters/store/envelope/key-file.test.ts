import { chown, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readKeyFile } from '../../../../../lib/core/adapters/store/envelope/key-file.ts';
import { openObjectStore } from '../../../../../lib/core/adapters/store/open-object-store.ts';
import { codeOf, readObject, refusalOf, sourceOf } from '../../../../contract/store-helpers.ts';
import { temporaryFolder } from '../../../../support/folders.ts';
import { keyLine, writeKeyFile } from '../../../../support/key-file.ts';
import { PART } from './sealed-stage.ts';

const ROWS = Buffer.from('rows');
const isRoot = process.geteuid?.() === 0;

describe('a key file', () => {
  test.each([0o600, 0o400])(
    'of mode %o is read, comments and empty lines passed over',
    async (mode) => {
      const path = join(await temporaryFolder(), 'key');
      await writeKeyFile(
        path,
        ['# of the cluster prod', '', keyLine('2027'), keyLine('2026')],
        mode,
      );
      const keys = await readKeyFile(path);
      expect(keys.map(({ id }) => id.split('/')[0])).toEqual(['2027', '2026']);
    },
  );

  test.each([0o644, 0o640, 0o604, 0o620, 0o700, 0o777])('of mode %o is refused', async (mode) => {
    const path = await writeKeyFile(join(await temporaryFolder(), 'key'), [keyLine('k')], mode);
    expect(await codeOf(readKeyFile(path))).toBe('VAULT-KEY');
  });

  test.each([
    ['nothing', []],
    ['a comment alone', ['# key']],
    ['a name alone', ['2026:']],
    ['no name', [keyLine('')]],
    ['fewer bytes', ['2026:c2hvcnQ=']],
    ['more words', [`${keyLine('2026')} old`]],
    ['a name twice', [keyLine('2026'), keyLine('2026')]],
    ['a name that is a path', [keyLine('../2026')]],
  ])('that holds %s is refused, and nothing of it repeated', async (_, lines) => {
    const path = await writeKeyFile(join(await temporaryFolder(), 'key'), lines);
    const error = await refusalOf(readKeyFile(path));
    expect(error.code).toBe('VAULT-KEY');
    const said = JSON.stringify([error.message, error.hint, error.details, String(error.cause)]);
    for (const secret of lines.map((line) => line.split(':')[1] ?? '').filter(Boolean)) {
      expect(said).not.toContain(secret);
    }
  });

  test('that is not there, or is a folder, is refused', async () => {
    const folder = await temporaryFolder();
    expect(await codeOf(readKeyFile(join(folder, 'none')))).toBe('VAULT-KEY');
    expect(await codeOf(readKeyFile(folder))).toBe('VAULT-KEY');
  });

  test.skipIf(!isRoot)('of another account is refused, also behind a link', async () => {
    const folder = await temporaryFolder();
    const path = await writeKeyFile(join(folder, 'key'));
    await chown(path, 12_345, 12_345);
    await symlink(path, join(folder, 'link'));
    expect(await codeOf(readKeyFile(path))).toBe('VAULT-KEY');
    expect(await codeOf(readKeyFile(join(folder, 'link')))).toBe('VAULT-KEY');
  });

  test('with a newer key in front seals under that, and opens what the old one sealed', async () => {
    const store = pathToFileURL(await temporaryFolder());
    const path = join(await temporaryFolder(), 'key');
    const [old, young] = [keyLine('2026'), keyLine('2027')];
    const put = async (lines: readonly string[], key: string): Promise<void> => {
      const envelopeKey = await writeKeyFile(path, lines);
      await (await openObjectStore(store, { envelopeKey })).putStream(key, sourceOf(ROWS));
    };
    const read = async (lines: readonly string[], key: string): Promise<Buffer> => {
      const envelopeKey = await writeKeyFile(path, lines);
      return readObject(await openObjectStore(store, { envelopeKey }), key);
    };
    await put([old], 'prod/old');
    await put([young, old], 'prod/new');
    expect(await read([young, old], 'prod/old')).toEqual(ROWS);
    expect(await read([young], 'prod/new')).toEqual(ROWS);
    const error = await refusalOf(read([young], 'prod/old'));
    expect(error.code).toBe('VAULT-KEY');
    expect(error.message).toContain('prod/old is sealed under the key 2026/');
    // The same name, and other bytes: not the key that sealed it.
    expect(await codeOf(read([keyLine('2026')], 'prod/old'))).toBe('VAULT-KEY');
  });
});

describe('a store that is opened', () => {
  test('without a key names what is sealed', async () => {
    const folder = pathToFileURL(await temporaryFolder());
    const envelopeKey = await writeKeyFile(join(await temporaryFolder(), 'key'));
    await (await openObjectStore(folder, { envelopeKey })).putStream(PART, sourceOf(ROWS));
    const error = await refusalOf(readObject(await openObjectStore(folder), PART));
    expect(error).toMatchObject({
      code: 'VAULT-SEALED',
      message: `${PART} is sealed: give HOLDFAST_ENVELOPE_KEY`,
    });
  });

  test.each(['', 'key', './key', '~/key', 'file:///key', 'alias', 'arn:aws:s3:::bucket'])(
    'with %j as its key is refused',
    async (envelopeKey) => {
      const folder = pathToFileURL(await temporaryFolder());
      expect(await codeOf(openObjectStore(folder, { envelopeKey }))).toBe('CONFIG-INVALID');
    },
  );
});
