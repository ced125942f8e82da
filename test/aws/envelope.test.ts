import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CopyObjectCommand, CreateBucketCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { brokenSeal } from '../../lib/core/adapters/store/envelope/envelope-refusals.ts';
import { kmsDataKeys } from '../../lib/core/adapters/store/envelope/kms-data-keys.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { createS3Client } from '../../lib/core/adapters/store/s3/s3-client.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { objectStoreContract } from '../contract/object-store.contract.ts';
import { codeOf, readObject, refusalOf, sourceOf } from '../contract/store-helpers.ts';
import { freePort } from '../support/free-port.ts';
import { writeKeyFile } from '../support/key-file.ts';
import {
  GET_MOTO,
  hasMotoServer,
  type MotoServer,
  startMotoServer,
} from '../support/moto-server.ts';
import { temporaryFolder } from '../support/folders.ts';

const BUCKET = 'holdfast-sealed';
const KEY = 'prod/1-15/base/20261122T010203Z-1-2/part-00001.tar.zst';
const OTHER = KEY.replace('00001', '00002');
const ROWS = Buffer.from('rows that nobody may read');

describe.skipIf(!hasMotoServer())(`a store sealed under a KMS key (needs ${GET_MOTO})`, () => {
  let server: MotoServer;
  let kms: KMSClient;
  let envelopeKey: string;

  beforeAll(async () => {
    server = await startMotoServer();
    vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'testing');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testing');
    vi.stubEnv('AWS_REGION', 'us-east-1');
    await createS3Client().send(new CreateBucketCommand({ Bucket: BUCKET }));
    kms = new KMSClient();
    envelopeKey = await createKey();
  }, 90_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await server[Symbol.asyncDispose]();
  });

  const createKey = async (): Promise<string> =>
    (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const open = async (
    prefix: string = randomUUID(),
    key: string | undefined = envelopeKey,
  ): Promise<ObjectStore> => openObjectStore(`s3://${BUCKET}/${prefix}`, { envelopeKey: key });
  /** Copies what lies under `from` as it is, which the writer of neither store has done. */
  const copyStored = async (prefix: string, from: string, to: string): Promise<void> => {
    const raw = await openObjectStore(`s3://${BUCKET}/${prefix}`);
    const CopySource = `${BUCKET}/${prefix}/${from}`;
    await createS3Client().send(
      new CopyObjectCommand({ Bucket: BUCKET, Key: `${prefix}/${to}`, CopySource }),
    );
    expect(await raw.head(to)).toBeDefined();
  };

  objectStoreContract('sealed S3', open);

  test('holds nothing that can be read without the key', async () => {
    const prefix = randomUUID();
    await (await open(prefix)).putStream(KEY, sourceOf(ROWS));
    expect(await readObject(await open(prefix), KEY)).toEqual(ROWS);
    const error = await refusalOf(
      readObject(await openObjectStore(`s3://${BUCKET}/${prefix}`), KEY),
    );
    expect(error).toMatchObject({ code: 'VAULT-SEALED', details: { object: KEY } });
  });

  test('reads whatever region the environment names: the ARN has its own', async () => {
    const prefix = randomUUID();
    await (await open(prefix)).putStream(KEY, sourceOf(ROWS));
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    expect(await readObject(await open(prefix), KEY)).toEqual(ROWS);
    vi.stubEnv('AWS_REGION', 'us-east-1');
  });

  test('refuses an object that lies under the name of another: KMS is told which it must be', async () => {
    const prefix = randomUUID();
    const store = await open(prefix);
    await store.putStream(KEY, sourceOf(ROWS));
    await copyStored(prefix, KEY, OTHER);
    const error = await refusalOf(readObject(store, OTHER));
    expect(error).toMatchObject({
      code: 'VAULT-SEALED',
      details: brokenSeal(OTHER, '').details,
    });
  });

  test('refuses a key that another object, or another cluster, was sealed with', async () => {
    const keys = kmsDataKeys(envelopeKey);
    const { key, wrapped } = await keys.create(KEY);
    expect(await keys.unwrap(wrapped, KEY)).toEqual(key);
    for (const other of [OTHER, KEY.replace('prod', 'test')]) {
      expect(await codeOf(keys.unwrap(wrapped, other))).toBe('VAULT-SEALED');
    }
  });

  test('names the key that an object is sealed under when that one is not at hand', async () => {
    const prefix = randomUUID();
    await (await open(prefix)).putStream(KEY, sourceOf(ROWS));
    const error = await refusalOf(readObject(await open(prefix, await createKey()), KEY));
    expect(error).toMatchObject({
      code: 'VAULT-KEY',
      details: { object: KEY, key: envelopeKey },
    });
  });

  test('stores nothing under a key that there is none of', async () => {
    for (const key of [envelopeKey.replace(/.{12}$/, '000000000000'), 'alias/nobody']) {
      const store = await open(randomUUID(), key);
      expect(await codeOf(store.putStream(KEY, sourceOf(ROWS)))).toBe('VAULT-KEY');
      expect(await store.head(KEY)).toBeUndefined();
    }
  });

  test('takes a KMS that does not answer for what passes', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', `http://127.0.0.1:${await freePort()}`);
    const store = await open();
    const error = await refusalOf(store.putStream(KEY, sourceOf(ROWS)));
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', undefined);
    expect(error).toMatchObject({ code: 'AWS-FAILED', retryable: true });
  });

  test('and one with a key file are told apart', async () => {
    const prefix = randomUUID();
    await (await open(prefix)).putStream(KEY, sourceOf(ROWS));
    const file = await writeKeyFile(`${await temporaryFolder()}/key`);
    const error = await refusalOf(readObject(await open(prefix, file), KEY));
    expect(error.code).toBe('VAULT-KEY');
    expect(error.message).toContain(envelopeKey);
    await (await open(prefix, file)).putStream(OTHER, sourceOf(ROWS));
    expect(await codeOf(readObject(await open(prefix), OTHER))).toBe('VAULT-KEY');
  });
});
