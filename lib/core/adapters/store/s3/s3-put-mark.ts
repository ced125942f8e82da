import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { isAbsent } from './s3-errors.ts';
import type { S3Target } from './s3-target.ts';

/** What one put, with all its repetitions, leaves in the object's metadata. */
export interface PutMark {
  readonly 'put-id': string;
}

/** A mark that no other put carries. */
export function createPutMark(): PutMark {
  return { 'put-id': randomUUID() };
}

/**
 * The etag of what is at `target` when it is the very object that the put with `mark` created;
 * `undefined` when that put has created nothing.
 *
 * When an answer is lost, the request is repeated, and S3 refuses the repetition: the key is taken, by
 * the request itself. Equal bytes would prove nothing, another writer may have sent them too.
 */
export async function etagOfOwn(
  client: S3Client,
  target: S3Target,
  mark: PutMark,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const request = new HeadObjectCommand(target);
    const { Metadata, ETag } = await client.send(request, { abortSignal: signal });
    return Metadata?.['put-id'] === mark['put-id'] ? ETag : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
