import { type ChunkKey, openChunk } from './chunk-cipher.ts';
import { brokenSeal } from './envelope-refusals.ts';
import {
  chunkCount,
  CHUNK_BYTES,
  HEADER_BYTES,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
} from './sealed-size.ts';
import type { ByteRange } from '../byte-range.ts';

/** Where the chunks of a range of plain bytes are. */
export interface ChunkSpan {
  /** Number of the first chunk. */
  readonly first: number;
  /** Bytes in the store, `end` excluded. */
  readonly stored: ByteRange;
}

/** The chunks that hold `range` of an object of `bytes` plain bytes, `sealed` in the store. */
export function spanOf(range: ByteRange, sealed: number): ChunkSpan {
  const first = Math.floor(range.start / CHUNK_BYTES);
  const end = Math.max(first + 1, Math.ceil(range.end / CHUNK_BYTES));
  const start = HEADER_BYTES + first * SEALED_CHUNK_BYTES;
  return {
    first,
    stored: { start, end: Math.min(HEADER_BYTES + end * SEALED_CHUNK_BYTES, sealed) },
  };
}

/** What is opened: from which chunk on, which bytes, of an object of how many. */
export interface Opening {
  readonly first: number;
  readonly range: ByteRange;
  /** Plain bytes of the whole object. */
  readonly bytes: number;
}

/**
 * Opens the chunks that `source` gives, from number `first` on: the plain bytes of `range`, each chunk
 * proven before any byte of it is given.
 *
 * @throws {@link OpsError} `VAULT-SEALED` for a chunk that is not the one that was sealed in its place, and
 *   when the source ends before the range does.
 */
export async function* openChunks(
  source: AsyncIterable<Uint8Array>,
  chunkKey: ChunkKey,
  { first, range, bytes }: Opening,
): AsyncGenerator<Uint8Array> {
  const last = chunkCount(bytes) - 1;
  let index = first;
  for await (const sealed of regroup(
    source,
    Math.min(SEALED_CHUNK_BYTES, bytes + SEALED_CHUNK_BYTES),
  )) {
    const at = index * CHUNK_BYTES;
    const isLast = index === last;
    const expected = isLast ? bytes - at : CHUNK_BYTES;
    if (index > last || sealed.byteLength !== expected + TAG_BYTES) {
      throw brokenSeal(chunkKey.object, `has another length in its chunk ${index}`);
    }
    const plain = openChunk(sealed, { index, isLast }, chunkKey);
    const wanted = plain.subarray(Math.max(0, range.start - at), range.end - at);
    if (wanted.byteLength > 0) yield wanted;
    index += 1;
  }
  if (index * CHUNK_BYTES < range.end || index === first) {
    throw brokenSeal(chunkKey.object, `ends before its chunk ${index}`);
  }
}

/** Pieces of `size` bytes, each valid until the next is asked for; the last may be shorter. */
async function* regroup(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength;) {
      const piece = chunk.subarray(at, at + size - filled);
      buffer.set(piece, filled);
      filled += piece.byteLength;
      at += piece.byteLength;
      if (filled < size) continue;
      yield buffer;
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
