import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { unconfirmed } from './s3-errors.ts';
import { checksumOf, putObject } from './s3-put.ts';
import { createPutMark, etagOfOwn, type PutMark } from './s3-put-mark.ts';
import type { S3Target } from './s3-target.ts';

/**
 * S3 takes 10,000 parts, so one object holds 78 GiB at most: far more than any part of a backup.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
const PART_BYTES = 8 * 1024 * 1024;
/** Bounds the memory of an upload: so many parts are filled or on their way at a time. */
const PARTS_IN_FLIGHT = 3;
/** What an upload that failed gets for being removed; a lifecycle rule removes the rest. */
const CLEAN_UP_MS = 10_000;

type Upload = S3Target & { readonly UploadId: string | undefined };

interface Part {
  readonly number: number;
  readonly body: Uint8Array;
}

/**
 * Uploads bytes of unknown length under a free key, with a SHA-256 checksum on every part. What
 * fits one part is a single put.
 *
 * lib-storage is not used: its requests take no signal, so a call that was told to end could still
 * create its object; and when one part fails it reads the source to its end before it says so.
 *
 * @returns the number of bytes sent.
 * @throws the SDK's own errors, 412 when the key is taken; or whatever `chunks` throws.
 */
export async function uploadIfAbsent(
  client: S3Client,
  target: S3Target,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const parts = cutParts(chunks);
  try {
    const first = await parts.next();
    const second = first.done === true ? first : await parts.next();
    signal?.throwIfAborted();
    if (second.done !== true && first.done !== true) {
      const all = prepend([first.value, second.value], parts);
      return await uploadParts(client, target, all, signal);
    }
    const body = first.done === true ? Buffer.alloc(0) : first.value.body;
    await putObject(client, target, body, { IfNoneMatch: '*' }, signal);
    return body.byteLength;
  } catch (error) {
    // Not awaited: a source that hangs must not keep the error back.
    parts.return(undefined).catch(() => undefined);
    throw error;
  }
}

async function uploadParts(
  client: S3Client,
  target: S3Target,
  parts: AsyncIterable<Part>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const failed = new AbortController();
  const ends = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const mark = createPutMark();
  const whole = { ...target, ChecksumAlgorithm: 'SHA256', Metadata: { ...mark } } as const;
  const create = new CreateMultipartUploadCommand(whole);
  const { UploadId } = await client.send(create, { abortSignal: ends });
  let bytes = 0;
  try {
    const upload = async ({ number: PartNumber, body }: Part): Promise<CompletedPart> => {
      const checksum = checksumOf(body);
      const part = { ...target, UploadId, PartNumber, Body: body, ...checksum };
      const { ETag } = await client.send(new UploadPartCommand(part), { abortSignal: ends });
      bytes += body.byteLength;
      return { PartNumber, ETag, ChecksumSHA256: checksum.ChecksumSHA256 };
    };
    const options = { concurrency: PARTS_IN_FLIGHT, signal: ends };
    const Parts = await pMap(parts, upload, options);
    await complete(client, { ...target, UploadId }, Parts, mark, ends);
    return bytes;
  } catch (error) {
    failed.abort(error);
    await remove(client, { ...target, UploadId });
    throw error;
  }
}

/**
 * Makes the parts an object, unless the key is taken.
 *
 * A completion whose answer was lost is repeated, and then refused: the upload is gone (404), or the
 * key is taken (412), perhaps by this very upload. What is there now decides.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
async function complete(
  client: S3Client,
  upload: Upload,
  Parts: CompletedPart[],
  mark: PutMark,
  signal: AbortSignal,
): Promise<void> {
  const request = { ...upload, MultipartUpload: { Parts }, IfNoneMatch: '*' };
  try {
    const { ETag } = await client.send(new CompleteMultipartUploadCommand(request), {
      abortSignal: signal,
    });
    // The status is sent before the work is done: an error then stands in the body of a success.
    if (ETag === undefined) throw unconfirmed(upload.Key);
  } catch (error) {
    signal.throwIfAborted();
    const { Bucket, Key } = upload;
    if ((await etagOfOwn(client, { Bucket, Key }, mark, signal)) === undefined) throw error;
  }
}

async function remove(client: S3Client, upload: Upload): Promise<void> {
  try {
    const abortSignal = AbortSignal.timeout(CLEAN_UP_MS);
    await client.send(new AbortMultipartUploadCommand(upload), { abortSignal });
  } catch {
    // The first error is the one to report; the bucket's lifecycle rule removes what is left.
  }
}

/** Cuts a stream into parts of {@link PART_BYTES}; only the last may be shorter. */
async function* cutParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Part, undefined> {
  let number = 1;
  let pieces: Uint8Array[] = [];
  let room = PART_BYTES;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      const piece = chunk.subarray(at, at + room);
      pieces.push(piece);
      at += piece.byteLength;
      room -= piece.byteLength;
      if (room > 0) continue;
      yield { number, body: Buffer.concat(pieces) };
      number += 1;
      pieces = [];
      room = PART_BYTES;
    }
  }
  if (pieces.length > 0) yield { number, body: Buffer.concat(pieces) };
  return undefined;
}

async function* prepend(first: readonly Part[], rest: AsyncIterable<Part>): AsyncGenerator<Part> {
  yield* first;
  yield* rest;
}
