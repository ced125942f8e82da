/** Bytes of the header before the first chunk. */
export const HEADER_BYTES = 1024;
/** Plain bytes of every chunk but the last. */
export const CHUNK_BYTES = 1024 * 1024;
/** Bytes of the tag behind each chunk. */
export const TAG_BYTES = 16;
/** What a chunk takes in the store, at most. */
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

/** How many chunks hold so many plain bytes: one even of nothing, so that nothing is proven too. */
export function chunkCount(plainBytes: number): number {
  return Math.max(1, Math.ceil(plainBytes / CHUNK_BYTES));
}

/** Bytes in the store of an object of `plainBytes` bytes. */
export function sealedBytes(plainBytes: number): number {
  return HEADER_BYTES + plainBytes + TAG_BYTES * chunkCount(plainBytes);
}

/**
 * The reverse of {@link sealedBytes}; `undefined` for a size that no sealed object has.
 *
 * @example plainBytes(sealedBytes(4_096)) // 4096
 */
export function plainBytes(sealed: number): number | undefined {
  const chunks = Math.ceil((sealed - HEADER_BYTES) / SEALED_CHUNK_BYTES);
  const plain = sealed - HEADER_BYTES - TAG_BYTES * chunks;
  return chunks >= 1 && plain >= 0 && sealedBytes(plain) === sealed ? plain : undefined;
}
