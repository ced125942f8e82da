import { expect, test, vi } from 'vitest';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { failureOf, runHere, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { codeOf, plainPut, readObject, sourceOf } from '../contract/store-helpers.ts';
import { s3Environment } from '../support/s3-environment.ts';
import { describeS3 } from './s3-stage.ts';

const BODY = Buffer.from('bytes');
const LARGE = Buffer.alloc(9 * 1024 * 1024, 'a part of a base backup ');
const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const ENCRYPTION = {
  'x-amz-server-side-encryption': 'aws:kms',
  'x-amz-server-side-encryption-aws-kms-key-id': KEY_ARN,
  'x-amz-server-side-encryption-bucket-key-enabled': 'true',
};
const CREATES = [
  { method: 'PUT', withoutQuery: 'partNumber' },
  { method: 'POST', query: 'uploads' },
];

describeS3('a store with a KMS key', (s3) => {
  test('names it in every request that creates an object, and in no other', async () => {
    for (const [name, value] of Object.entries(s3Environment(s3().proxy.endpoint))) {
      vi.stubEnv(name, value);
    }
    const store = await openObjectStore(`s3://${s3().bucket}/kms`, { kmsKey: KEY_ARN });
    await store.putIfAbsent('a', BODY, plainPut(BODY));
    await store.proveConditional('a', BODY);
    const etag = await store.replace('lease', BODY, { ifMatch: undefined });
    await store.replace('lease', BODY, { ifMatch: etag });
    await store.putStream('small', sourceOf(BODY));
    await store.putStream('large', sourceOf(LARGE));
    expect((await readObject(store, 'large')).equals(LARGE)).toBe(true);
    vi.unstubAllEnvs();

    const creating = CREATES.flatMap((match) => s3().proxy.matching(match));
    expect(creating).toHaveLength(6);
    for (const { headers } of creating) expect(headers).toMatchObject(ENCRYPTION);
    for (const { headers } of s3().proxy.seen.filter((one) => !creating.includes(one))) {
      expect(Object.keys(headers).filter((name) => name.includes('encryption'))).toEqual([]);
    }
  });

  test('without one leaves it to the bucket', async () => {
    await s3().open().putIfAbsent('a', BODY, plainPut(BODY));
    const [request] = s3().proxy.seen;
    expect(Object.keys(request?.headers ?? {}).filter((name) => name.includes('kms'))).toEqual([]);
  });
});

test.each([
  '1234abcd-12ab-34cd-56ef-1234567890ab',
  'mrk-1234abcd12ab34cd56ef1234567890ab',
  'alias/orders-prod',
  'arn:aws:kms:eu-central-1:111122223333:alias/orders/prod',
  'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab',
  KEY_ARN,
])('%s names a key', async (kmsKey) => {
  expect((await openObjectStore('s3://bucket/prod', { kmsKey })).url).toBe('s3://bucket/prod');
});

test.each([
  '',
  'orders-prod',
  'alias/',
  'alias/a b',
  KEY_ARN.toUpperCase(),
  `${KEY_ARN} `,
  'arn:aws:iam::111122223333:role/backup',
  'aws:kms',
])('%j is refused as a key', async (kmsKey) => {
  expect(await codeOf(openObjectStore('s3://bucket/prod', { kmsKey }))).toBe('CONFIG-INVALID');
});

test.each([
  { what: 'a key for a folder', store: 'file:///nowhere', kmsKey: KEY_ARN },
  { what: 'what is no key', store: 's3://bucket/prod', kmsKey: 'orders-prod' },
])('the command line refuses $what, from its option and from its variable', async (row) => {
  const words = ['list', '--store', row.store, '--cluster', 'orders'];
  const refused = { exitCode: 25, code: 'CONFIG-INVALID', hasHint: true };
  expect(failureOf(await runHere([...words, '--kms-key', row.kmsKey]))).toEqual(refused);
  const env = { HOLDFAST_KMS_KEY: row.kmsKey };
  expect(failureOf(await runHoldfast(words, { env }))).toEqual(refused);
});
