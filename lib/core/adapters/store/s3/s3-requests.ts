import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import pRetry from 'p-retry';
import type { CallOptions, ListOptions, ObjectStat } from '../../../ports/object-store.ts';
import { type ByteRange, rangeWithin } from '../byte-range.ts';
import { isAbsent, isRequestConflict } from './s3-errors.ts';
import { toStat } from './s3-stat.ts';

/** Where in S3 a store is. */
export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

/** An object, as every request names it. */
export interface S3Target {
  readonly Bucket: string;
  readonly Key: string;
}

/** What a put demands of its key, and sends along. */
export type PutConditions = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch' | 'Metadata'>;

/** Two requests on one key may collide so often in a row before the call fails. */
const CONFLICT_RETRY = { retries: 5, minTimeout: 50, maxTimeout: 1_000, randomize: true } as const;

/**
 * Puts a whole buffer, proven by SHA-256 on arrival, and repeats it while S3 answers that another
 * request on the key ran at the same time.
 *
 * @returns the etag.
 */
export async function putObject(
  client: S3Client,
  target: S3Target,
  body: Uint8Array,
  conditions: PutConditions,
  signal: AbortSignal | undefined,
): Promise<string> {
  const ChecksumSHA256 = createHash('sha256').update(body).digest('base64');
  const input = { ...target, ...conditions, Body: body, ChecksumSHA256 };
  const send = async (): Promise<string> => {
    const { ETag = '' } = await client.send(new PutObjectCommand(input), { abortSignal: signal });
    return ETag;
  };
  const shouldRetry = ({ error }: { error: Error }): boolean => isRequestConflict(error);
  return pRetry(send, { ...CONFLICT_RETRY, shouldRetry, signal });
}

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

/** Starts to read bytes of `key`; the body is proven by its checksum when it is read whole. */
export async function getObject(
  client: S3Client,
  target: S3Target,
  key: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly stat: ObjectStat; readonly body: Readable }> {
  const Range = range && `bytes=${range.start}-${range.end - 1}`;
  const request = new GetObjectCommand({ ...target, Range, ChecksumMode: 'ENABLED' });
  const answer = await client.send(request, { abortSignal: signal });
  const body = answer.Body instanceof Readable ? answer.Body : Readable.from([]);
  if (signal !== undefined) addAbortSignal(signal, body);
  const stat = toStat(key, answer);
  try {
    // S3 shortens a range that ends past the object.
    rangeWithin(key, stat.bytes, range);
  } catch (error) {
    body.destroy();
    throw error;
  }
  return { stat, body };
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
