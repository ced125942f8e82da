import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { CallOptions, ListOptions, ObjectStat } from '../../../ports/object-store.ts';
import { isAbsent } from './s3-errors.ts';
import { toStat } from './s3-stat.ts';
import type { S3Place, S3Target } from './s3-target.ts';

/**
 * What is known of `key`; `undefined` when it is proven absent: a HEAD's 404 could mean a missing
 * bucket too, so a list has to succeed as well.
 */
export async function headObject(
  client: S3Client,
  target: S3Target,
  key: string,
  { signal }: CallOptions,
): Promise<ObjectStat | undefined> {
  const options = { abortSignal: signal };
  try {
    const request = new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' });
    return toStat(key, await client.send(request, options));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const exact = { Bucket: target.Bucket, Prefix: target.Key, MaxKeys: 1 };
    await client.send(new ListObjectsV2Command(exact), options);
    return undefined;
  }
}

/** Pages of a listing below `prefix`, which is relative to the store. */
export function listPages(
  client: S3Client,
  place: S3Place,
  prefix: string,
  { signal, after, delimiter }: ListOptions & { readonly delimiter?: string },
): AsyncIterable<ListObjectsV2CommandOutput> {
  const request = {
    Bucket: place.bucket,
    Prefix: `${place.prefix}${prefix}`,
    StartAfter: after === undefined ? undefined : `${place.prefix}${after}`,
    Delimiter: delimiter,
  };
  return paginateListObjectsV2({ client }, request, { abortSignal: signal });
}

/** Replaces the tags of an object. */
export async function putTags(
  client: S3Client,
  target: S3Target,
  tags: Readonly<Record<string, string>>,
  { signal }: CallOptions,
): Promise<void> {
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const request = new PutObjectTaggingCommand({ ...target, Tagging: { TagSet } });
  await client.send(request, { abortSignal: signal });
}

/** The tags of an object. */
export async function getTags(
  client: S3Client,
  target: S3Target,
  { signal }: CallOptions,
): Promise<Readonly<Record<string, string>>> {
  const request = new GetObjectTaggingCommand(target);
  const { TagSet = [] } = await client.send(request, { abortSignal: signal });
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}
