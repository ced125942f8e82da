import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import pRetry from 'p-retry';
import { isPreconditionFailed, isRequestConflict } from './s3-errors.ts';
import { createPutMark, etagOfOwn } from './s3-put-mark.ts';
import type { S3Target } from './s3-target.ts';

/** What a put demands of its key, and sends along. */
export type PutConditions = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch' | 'Metadata'>;

/** How a request says which checksum its body has. */
export interface Sha256Checksum {
  readonly ChecksumAlgorithm: 'SHA256';
  readonly ChecksumSHA256: string;
}

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
  const mark = createPutMark();
  const Metadata = { ...conditions.Metadata, ...mark };
  const input = { ...target, ...conditions, Metadata, Body: body, ...checksumOf(body) };
  const send = async (): Promise<string> => {
    const { ETag = '' } = await client.send(new PutObjectCommand(input), { abortSignal: signal });
    return ETag;
  };
  const shouldRetry = ({ error }: { error: Error }): boolean => isRequestConflict(error);
  try {
    return await pRetry(send, { ...CONFLICT_RETRY, shouldRetry, signal });
  } catch (error) {
    if (!isPreconditionFailed(error)) throw error;
    const etag = await etagOfOwn(client, target, mark, signal);
    if (etag === undefined) throw error;
    return etag;
  }
}

/** The SHA-256 against which S3 holds what arrives, and which it keeps with the object. */
export function checksumOf(body: Uint8Array): Sha256Checksum {
  const ChecksumSHA256 = createHash('sha256').update(body).digest('base64');
  return { ChecksumAlgorithm: 'SHA256', ChecksumSHA256 };
}
