import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { chmod, rename } from 'node:fs/promises';
import pMap from 'p-map';
import { createS3Client } from '../../lib/core/adapters/store/s3/s3-client.ts';
import { parseStoreUrl } from '../../lib/core/adapters/store/store-url.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { hideObject } from './store-tampering.ts';

type Mend = () => Promise<void>;

const AT_ONCE = 8;
const CLOSED = 0o000;
const OWNER_ONLY = 0o700;

/** Takes the folder or the bucket away; gives what brings it back with all that was in it. */
export async function takeStoreAway(store: ObjectStore): Promise<Mend> {
  const location = parseStoreUrl(store.url);
  if (location.kind === 'folder') {
    const away = `${location.path}.away`;
    await rename(location.path, away);
    return async () => rename(away, location.path);
  }
  const bucket = { Bucket: location.bucket };
  const hidden: Mend[] = [];
  // Somebody may put one more before the bucket is gone.
  do {
    const heads = await Array.fromAsync(store.list(''));
    const hide = async ({ key }: { readonly key: string }): Promise<Mend> => hideObject(store, key);
    hidden.push(...(await pMap(heads, hide, { concurrency: AT_ONCE })));
  } while (!(await deleteIfEmpty(bucket)));
  return async () => {
    await createS3Client().send(new CreateBucketCommand(bucket));
    await pMap(hidden, async (putBack) => putBack(), { concurrency: AT_ONCE });
  };
}

/** Closes a store to all but root; gives what opens it. */
export async function closeStore({ url }: ObjectStore): Promise<Mend> {
  const location = parseStoreUrl(url);
  if (location.kind === 'folder') {
    await chmod(location.path, CLOSED);
    return async () => chmod(location.path, OWNER_ONLY);
  }
  const { bucket: Bucket } = location;
  const deny = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] });
  await createS3Client().send(new PutBucketPolicyCommand({ Bucket, Policy }));
  return async () => {
    await createS3Client().send(new DeleteBucketPolicyCommand({ Bucket }));
  };
}

async function deleteIfEmpty(bucket: { readonly Bucket: string }): Promise<boolean> {
  try {
    await createS3Client().send(new DeleteBucketCommand(bucket));
    return true;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'BucketNotEmpty') return false;
    throw error;
  }
}
