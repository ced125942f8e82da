import { createZstdDecompress } from 'node:zlib';
import { CHUNK_BYTES, releaseChunk } from './codec-chunk.ts';

/** Decodes one zstd frame after the other on another thread. Of no more use once it has failed. */
export interface FrameDecompressor extends Disposable {
  /**
   * Decodes one whole frame into the front of `into`; to be called when the frame before is done.
   *
   * @returns the bytes written; what does not fit is left out, so a byte more than expected in
   *   `into` tells a frame that is too long.
   * @throws the decoder's own error when it is no frame.
   */
  decompress(frame: Uint8Array, into: Uint8Array): Promise<number>;
}

/**
 * A decompressor that keeps its memory from frame to frame, as a new one for every frame is dear: it
 * has the garbage collector run for each 15 MB of plain bytes, at a quarter of a restore's processor
 * time.
 */
export function frameDecompressor(): FrameDecompressor {
  const stream = createZstdDecompress({ chunkSize: CHUNK_BYTES });
  let into: Uint8Array = new Uint8Array();
  let filled = 0;
  let fail: ((error: Error) => void) | undefined;
  stream.on('data', (chunk: Buffer<ArrayBuffer>) => {
    const fitting = chunk.subarray(0, into.byteLength - filled);
    into.set(fitting, filled);
    filled += fitting.byteLength;
    releaseChunk(chunk);
  });
  stream.on('error', (error) => fail?.(error));
  return {
    decompress: async (frame, target) => {
      into = target;
      filled = 0;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      fail = reject;
      stream.write(frame, (error) => (error ? reject(error) : resolve()));
      await promise;
      return filled;
    },
    [Symbol.dispose]: () => void stream.destroy(),
  };
}
