import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { chown, cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pMap from 'p-map';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { createS3Client } from '../../lib/core/adapters/store/s3/s3-client.ts';
import { parseStoreUrl } from '../../lib/core/adapters/store/store-url.ts';
import type { FileOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { isInS3 } from './s3-environment.ts';

/** An empty store of a test's own: a folder, or a bucket where `s3Environment` is set. */
export interface TestStore extends AsyncDisposable {
  readonly url: string;
  readonly store: ObjectStore;
}

/** How to make a {@link TestStore}. */
export interface TestStoreOptions {
  /** Where a folder called `store` is made. */
  readonly directory: string;
  /** Whose the folder is. @default - this process's account */
  readonly owner?: FileOwner | undefined;
}

const AT_ONCE = 8;
const PREFIX = 'prod';

/** Makes a store. Disposing it removes it and all that it holds. */
export async function makeTestStore(options: TestStoreOptions): Promise<TestStore> {
  return isInS3() ? makeBucket() : makeFolder(options);
}

/** Makes a store with a copy of all that is in `from`, a test store too. */
export async function copyTestStore(
  from: ObjectStore,
  options: TestStoreOptions,
): Promise<TestStore> {
  const copy = await makeTestStore(options);
  const [source, target] = [from.url, copy.url].map(parseStoreUrl);
  if (source?.kind === 'folder' && target?.kind === 'folder') {
    await cp(source.path, target.path, { recursive: true });
  } else {
    await pMap(from.list(''), async ({ key }) => copyObject(from, copy, key), {
      concurrency: AT_ONCE,
    });
  }
  return copy;
}

/** Copies one object between test stores of the same kind, with what its writer said of it and no tag. */
export async function copyObject(
  from: Pick<ObjectStore, 'url'>,
  to: Pick<ObjectStore, 'url'>,
  key: string,
): Promise<void> {
  const [source, target] = [from.url, to.url].map(parseStoreUrl);
  if (source?.kind === 'folder' && target?.kind === 'folder') {
    const place = join(target.path, key);
    await mkdir(dirname(place), { recursive: true });
    // A streamed object has nothing beside it.
    await cp(`${join(source.path, key)}.meta`, `${place}.meta`).catch(() => undefined);
    await cp(join(source.path, key), place);
  }
  if (source?.kind === 's3' && target?.kind === 's3') {
    const client = createS3Client();
    const place = { Bucket: target.bucket, Key: `${target.prefix}${key}` };
    const CopySource = `${source.bucket}/${source.prefix}${key}`;
    await client.send(new CopyObjectCommand({ ...place, CopySource, TaggingDirective: 'REPLACE' }));
    client.destroy();
  }
}

async function makeFolder({ directory, owner }: TestStoreOptions): Promise<TestStore> {
  const folder = join(directory, 'store');
  await mkdir(folder, { mode: 0o700 });
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const url = pathToFileURL(folder).href;
  return {
    url,
    store: await openObjectStore(url),
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true, maxRetries: 9 }),
  };
}

/** Below a prefix, as an operator would keep it who has one bucket for many clusters. */
async function makeBucket(): Promise<TestStore> {
  const client = createS3Client();
  const bucket = `holdfast-test-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const url = `s3://${bucket}/${PREFIX}`;
  return {
    url,
    store: await openObjectStore(url),
    [Symbol.asyncDispose]: async () => {
      // The server keeps everything in memory.
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
        await pMap(
          Contents,
          async ({ Key }) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key })),
          { concurrency: AT_ONCE },
        );
      }
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
      client.destroy();
    },
  };
}
