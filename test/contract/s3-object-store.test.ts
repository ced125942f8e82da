import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { createS3Client } from '../../lib/core/adapters/store/s3/s3-client.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import {
  GET_MOTO,
  hasMotoServer,
  type MotoServer,
  startMotoServer,
} from '../support/moto-server.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { type Hide, hiddenContract } from './store-hidden.contract.ts';
import { codeOf, failingSource, fill, listKeys } from './store-helpers.ts';

const BUCKET = 'holdfast-contract';
const VERSIONED = 'holdfast-contract-versioned';
const LARGE_BYTES = 48 * 1024 * 1024;

describe.skipIf(!hasMotoServer())(`S3 over HTTP (needs ${GET_MOTO})`, () => {
  let server: MotoServer;

  beforeAll(async () => {
    server = await startMotoServer();
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'testing');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testing');
    vi.stubEnv('AWS_REGION', 'us-east-1');
    await createS3Client().send(new CreateBucketCommand({ Bucket: BUCKET }));
    await createS3Client().send(new CreateBucketCommand({ Bucket: VERSIONED }));
    await createS3Client().send(
      new PutBucketVersioningCommand({
        Bucket: VERSIONED,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
  }, 90_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await server[Symbol.asyncDispose]();
  });

  const open = async (): Promise<ObjectStore> => openObjectStore(`s3://${BUCKET}/${randomUUID()}`);
  objectStoreContract('S3', open);

  const openVersioned = async (): Promise<ObjectStore> =>
    openObjectStore(`s3://${VERSIONED}/${randomUUID()}`);
  const hide: Hide = async (store, key) => {
    const Key = `${store.url.slice(`s3://${VERSIONED}/`.length)}/${key}`;
    await createS3Client().send(new DeleteObjectCommand({ Bucket: VERSIONED, Key }));
  };
  hiddenContract('S3', openVersioned, hide);

  test('what is hidden goes past one page of versions', async () => {
    const store = await openVersioned();
    const keys = Array.from({ length: 1_001 }, (_, index) => `wal/${index + 10_000}.zst`);
    await pMap(keys, async (key) => fill(store, [key]), { concurrency: 8 });
    // A marker stands above each second one: pages end anywhere.
    const gone = keys.filter((_, index) => index % 2 === 0);
    await pMap(gone, async (key) => hide(store, key), { concurrency: 8 });
    const pages: (readonly [upTo: string | undefined, found: number])[] = [];
    const found: string[] = [];
    const onLooked = (upTo: string | undefined): void => void pages.push([upTo, found.length]);
    for await (const { key } of store.hidden('wal/', { onLooked })) found.push(key);
    expect(found).toEqual(gone);
    expect(pages).toHaveLength(2);
    const [[upTo = '', before] = []] = pages;
    expect(before).toBe(gone.filter((key) => key <= upTo).length);
    const rest = store.hidden('wal/', { after: upTo });
    expect(await Array.fromAsync(rest, ({ key }) => key)).toEqual(gone.slice(before));
    expect(await listKeys(store, 'wal/')).toHaveLength(500);
  });

  test('a bucket without versions hides nothing', async () => {
    const store = await open();
    await fill(store, ['a', 'b']);
    expect(await Array.fromAsync(store.hidden(''))).toEqual([]);
  });

  test('a store at the root of its bucket sees whole keys', async () => {
    const store = await openObjectStore(`s3://${BUCKET}`);
    await store.replace('at-root/x', Buffer.from('x'), { ifMatch: undefined });
    expect(await Array.fromAsync(store.folders('at-root/'))).toEqual([]);
    expect((await Array.fromAsync(store.list('at-root/'))).map(({ key }) => key)).toEqual([
      'at-root/x',
    ]);
  });

  test('a failed upload leaves no parts behind', async () => {
    const store = await open();
    const source = failingSource(new Error('broke'), Buffer.alloc(LARGE_BYTES));
    await expect(store.putStream('part', source)).rejects.toThrow('broke');
    const uploads = await createS3Client().send(
      new ListMultipartUploadsCommand({ Bucket: BUCKET }),
    );
    expect(uploads.Uploads ?? []).toEqual([]);
  });

  test('a bucket that does not exist is a missing store, not an absent object', async () => {
    const store = await openObjectStore('s3://holdfast-nowhere/prod');
    expect(await codeOf(store.head('a'))).toBe('STORE-MISSING');
    expect(await codeOf(store.get('a'))).toBe('STORE-MISSING');
    expect(await codeOf(store.replace('a', Buffer.from('a'), { ifMatch: undefined }))).toBe(
      'STORE-MISSING',
    );
    expect(await codeOf(Array.fromAsync(store.list('')))).toBe('STORE-MISSING');
    expect(await codeOf(Array.fromAsync(store.hidden('')))).toBe('STORE-MISSING');
  });
});
