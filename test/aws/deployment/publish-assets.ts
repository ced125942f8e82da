import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assembly } from './assembly.ts';

/** Puts files where the templates expect them, as `cdk deploy` does; makes their bucket if it is not there. */
export async function publishAssets({ directory, stacks }: Assembly): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: true });
  const files = stacks.flatMap(({ assets }) => Object.values(assets.files));
  for (const { source, destinations } of files) {
    const Body = await contentOf(join(directory, source.path));
    for (const { bucketName: Bucket, objectKey: Key } of Object.values(destinations)) {
      await makeBucket(s3, Bucket);
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    }
  }
}

async function makeBucket(s3: S3Client, Bucket: string): Promise<void> {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  try {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  } catch (error) {
    if (!(error instanceof Error) || !error.name.startsWith('BucketAlready')) throw error;
  }
}

/** A folder would be packed first; nothing here looks into the package. */
async function contentOf(path: string): Promise<Buffer> {
  return (await stat(path)).isFile() ? readFile(path) : Buffer.from('a package');
}
