import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { addAbortSignal, Readable } from 'node:stream';
import type { ObjectBody } from '../../../ports/object-store.ts';
import { type ByteRange, rangeWithin } from '../byte-range.ts';
import { isConnectionFault, isPreconditionFailed } from './s3-errors.ts';
import { toStat } from './s3-stat.ts';
import type { S3Target } from './s3-target.ts';

/** Connections that may be lost within one body. */
const MOST_RESUMPTIONS = 10;

/**
 * Starts to read bytes of `key`. When the connection is lost in the middle, the rest of the very same
 * object is asked for, so that a recovery of hours does not end with one connection.
 *
 * A body that came in one piece is proven by S3's checksum, unless it was a multipart upload's; one
 * that was resumed by nothing but the hashes that its reader has of it.
 */
export async function getObject(
  client: S3Client,
  target: S3Target,
  key: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<ObjectBody> {
  const fetchBytes = async (more: Partial<GetObjectCommandInput>): Promise<Opened> => {
    const request = new GetObjectCommand({ ...target, ...more });
    const answer = await client.send(request, { abortSignal: signal });
    const body = answer.Body instanceof Readable ? answer.Body : Readable.from([]);
    if (signal !== undefined) addAbortSignal(signal, body);
    return { answer, body };
  };
  const start = range?.start ?? 0;
  const Range = range && headerOf(range);
  const first = await fetchBytes({ Range, ChecksumMode: 'ENABLED' });
  const stat = toStat(key, first.answer);
  try {
    // S3 shortens a range that ends past the object.
    rangeWithin(key, stat.bytes, range);
  } catch (error) {
    first.body.destroy();
    throw error;
  }
  const end = range?.end ?? stat.bytes;
  const fetchRest = async (done: number): Promise<Readable | undefined> => {
    const rest = headerOf({ start: start + done, end });
    const { answer, body } = await fetchBytes({ Range: rest, IfMatch: stat.etag });
    if (answer.ContentRange?.startsWith(`bytes ${start + done}-`) === true) return body;
    // A server that knows no ranges begins at the first byte again.
    body.destroy();
    return undefined;
  };
  return { stat, chunks: resumed(first.body, end - start, fetchRest) };
}

interface Opened {
  readonly answer: GetObjectCommandOutput;
  readonly body: Readable;
}

async function* resumed(
  first: Readable,
  bytes: number,
  fetchRest: (done: number) => Promise<Readable | undefined>,
): AsyncGenerator<Uint8Array> {
  let body = first;
  let done = 0;
  for (let lost = 0; ; lost += 1) {
    try {
      for await (const chunk of body) {
        done += chunk.byteLength;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!isConnectionFault(error) || lost === MOST_RESUMPTIONS) throw error;
      if (done === bytes) return;
      const rest = await fetchRest(done).catch((fault: unknown) => {
        throw isPreconditionFailed(fault) ? error : fault;
      });
      if (rest === undefined) throw error;
      body = rest;
    }
  }
}

function headerOf({ start, end }: ByteRange): string {
  return `bytes=${start}-${end - 1}`;
}
