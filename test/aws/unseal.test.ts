import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { execa } from 'execa';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHUNK_BYTES } from '../../lib/core/adapters/store/envelope/sealed-size.ts';
import { kmsDataKeys } from '../../lib/core/adapters/store/envelope/kms-data-keys.ts';
import { withEnvelope } from '../../lib/core/adapters/store/envelope/with-envelope.ts';
import { FolderObjectStore } from '../../lib/core/adapters/store/folder/folder-object-store.ts';
import { plainPut, sourceOf } from '../contract/store-helpers.ts';
import { NODE } from '../support/checkout.ts';
import { temporaryFolder } from '../support/folders.ts';
import { GET_MOTO, hasMotoServer, startMotoServer } from '../support/moto-server.ts';
import { saveUnsealScript } from '../support/unseal-script.ts';

const PART = 'prod/1-15/base/20261122T010203Z-1-2/part-00001.tar.zst';
const RECORD = PART.replace(/[^/]+$/, 'backup.json');
const IDENTITY = 'prod/1-15/identity.json';
const CREDENTIALS = { accessKeyId: 'testing', secretAccessKey: 'testing' };

/** What the AWS CLI does of it: the options that the script gives it, and no other. */
const AWS_CLI = `#!${NODE}
import { createRequire } from 'node:module';
const { DecryptCommand, KMSClient } = createRequire(${JSON.stringify(import.meta.filename)})('@aws-sdk/client-kms');
const [service, verb, ...words] = process.argv.slice(2);
const given = Object.fromEntries(words.flatMap((w, i) => (i % 2 ? [] : [[w, words[i + 1]]])));
const { '--query': query, '--output': output, ...rest } = given;
const names = ['--key-id', '--ciphertext-blob', '--encryption-context'];
if (service !== 'kms' || verb !== 'decrypt' || query !== 'Plaintext' || output !== 'text') process.exit(252);
if (Object.keys(rest).toString() !== names.toString()) process.exit(252);
const { Plaintext } = await new KMSClient().send(new DecryptCommand({
  KeyId: rest['--key-id'],
  CiphertextBlob: Buffer.from(rest['--ciphertext-blob'], 'base64'),
  EncryptionContext: JSON.parse(rest['--encryption-context']),
}));
console.log(Buffer.from(Plaintext).toString('base64'));
`;

describe.skipIf(!hasMotoServer())(`the script that opens a store (needs ${GET_MOTO})`, () => {
  test('asks KMS for each data key, and stops at an object under another name', async () => {
    await using server = await startMotoServer();
    const place = { endpoint: server.endpoint, region: 'us-east-1', credentials: CREDENTIALS };
    const kms = new KMSClient(place);
    const key = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    const folder = await temporaryFolder();
    const [from, to] = [join(folder, 'store'), join(folder, 'opened')];
    await mkdir(from);
    const store = withEnvelope(new FolderObjectStore(from), kmsDataKeys(key, kms));
    const large = Buffer.alloc(2 * CHUNK_BYTES + 5, 'rows');
    const [record, identity] = [Buffer.from('{"format":1}'), Buffer.from('{"cluster":"prod"}')];
    await store.putStream(PART, sourceOf(large));
    await store.putIfAbsent(RECORD, record, plainPut(record));
    await store.putIfAbsent(IDENTITY, identity, plainPut(identity));

    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'aws'), AWS_CLI, { mode: 0o755 });
    await writeFile(join(bin, 'package.json'), '{"type":"module"}');
    const script = await saveUnsealScript(folder);
    const run = async (source: string, target: string) =>
      execa(NODE, [script, source, target], {
        env: {
          PATH: `${bin}${delimiter}${process.env['PATH']}`,
          AWS_ENDPOINT_URL_KMS: server.endpoint,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
          AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        },
        extendEnv: false,
        reject: false,
      });
    expect(await run(from, to)).toMatchObject({ exitCode: 0 });
    expect((await readFile(join(to, PART))).equals(large)).toBe(true);
    expect(await readFile(join(to, RECORD))).toEqual(record);
    expect(await readFile(join(to, IDENTITY))).toEqual(identity);

    const other = join(folder, 'exchanged');
    await mkdir(join(other, 'prod'), { recursive: true });
    await writeFile(join(other, 'prod/part'), await readFile(join(from, PART)));
    expect(await run(other, join(folder, 'none'))).toMatchObject({
      exitCode: 1,
      stdout: 'prod/part',
      stderr: expect.stringContaining('InvalidCiphertextException'),
    });
  });
});
