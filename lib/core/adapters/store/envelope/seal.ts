import { randomBytes } from 'node:crypto';
import type { CallOptions } from '../../../ports/object-store.ts';
import { additionalDataOf, type ChunkKey, sealChunk } from './chunk-cipher.ts';
import type { DataKeys } from './data-keys.ts';
import { encodeHeader } from './header.ts';
import { chunkCount, CHUNK_BYTES, sealedBytes } from './sealed-size.ts';

/** What seals: the keys, the name of the object, and the hash of its bytes where they are known. */
export interface Sealing extends CallOptions {
  readonly keys: DataKeys;
  readonly object: string;
  /** Lower-case hex. */
  readonly bodySha256?: string;
}

const NONCE_PREFIX_BYTES = 7;

/** The bytes in the store of an object whose bytes are all there. */
export async function sealBytes(body: Uint8Array, sealing: Sealing): Promise<Buffer> {
  const { header, chunkKey } = await begin(sealing);
  try {
    const sealed = Buffer.allocUnsafe(sealedBytes(body.byteLength));
    sealed.set(header);
    let filled = header.byteLength;
    const chunks = chunkCount(body.byteLength);
    for (let index = 0; index < chunks; index += 1) {
      const plain = body.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
      for (const piece of sealChunk(plain, { index, isLast: index === chunks - 1 }, chunkKey)) {
        sealed.set(piece, filled);
        filled += piece.byteLength;
      }
    }
    return sealed;
  } finally {
    chunkKey.key.fill(0);
  }
}

/** As {@link sealBytes}, of bytes as they come, with one chunk in memory. No key is made before the first is asked for. */
export async function* sealStream(
  chunks: AsyncIterable<Uint8Array>,
  sealing: Sealing,
): AsyncGenerator<Uint8Array> {
  const { header, chunkKey } = await begin(sealing);
  try {
    yield header;
    let index = 0;
    for await (const { plain, isLast } of cutChunks(chunks)) {
      yield* sealChunk(plain, { index, isLast }, chunkKey);
      index += 1;
    }
  } finally {
    chunkKey.key.fill(0);
  }
}

async function begin({
  keys,
  object,
  bodySha256,
  signal,
}: Sealing): Promise<{ readonly header: Buffer; readonly chunkKey: ChunkKey }> {
  const { key, wrapped } = await keys.create(object, { signal });
  try {
    const noncePrefix = randomBytes(NONCE_PREFIX_BYTES);
    const header = encodeHeader({ wrapped, noncePrefix, bodySha256 }, object);
    const additionalData = additionalDataOf(header, object);
    return { header, chunkKey: { key, noncePrefix, additionalData, object } };
  } catch (error) {
    key.fill(0);
    throw error;
  }
}

/** Chunks of {@link CHUNK_BYTES}, each valid until the next is asked for; only the last may be shorter. */
async function* cutChunks(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly plain: Uint8Array; readonly isLast: boolean }> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength;) {
      // Only what comes after a full chunk tells that it was not the last.
      if (filled === CHUNK_BYTES) {
        yield { plain: buffer, isLast: false };
        filled = 0;
      }
      const piece = chunk.subarray(at, at + CHUNK_BYTES - filled);
      buffer.set(piece, filled);
      filled += piece.byteLength;
      at += piece.byteLength;
    }
  }
  yield { plain: buffer.subarray(0, filled), isLast: true };
}
