/** Length of the pieces of memory that Node's codecs put their output into. */
export const CHUNK_BYTES = 128 * 1024;

/**
 * Gives the memory of a chunk back at once, if the codec has filled it: it is in nobody's use once its
 * bytes were copied, and would else wait for the garbage collector.
 */
export function releaseChunk(chunk: Buffer<ArrayBuffer>): void {
  // A chunk that reaches the end of its memory was the last in it.
  const isLast = chunk.byteOffset + chunk.byteLength === chunk.buffer.byteLength;
  if (isLast && chunk.buffer.byteLength === CHUNK_BYTES) chunk.buffer.transfer(0);
}
