import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameBuffers } from '../../../lib/core/tar/frame-buffers.ts';
import { DIGESTS_IN_TURN } from '../../../lib/core/tar/stream-digest.ts';
import { compressFrames, decompressFrames } from '../../../lib/core/tar/zstd-frames.ts';
import { chunked, chunkLengths } from './tar-samples.ts';

type Frames = [number, number][];

async function compress(
  plain: Uint8Array,
  lengths: readonly number[],
  options: { frameBytes: number; parallel: number },
): Promise<{ stored: Buffer; frames: Frames }> {
  const made = await Array.fromAsync(
    compressFrames(chunked(plain, lengths), { ...options, buffers: frameBuffers() }),
  );
  return {
    stored: Buffer.concat(made.map(({ stored }) => stored)),
    frames: made.map(({ stored, plainBytes }) => [stored.byteLength, plainBytes]),
  };
}

async function decompress(
  stored: Uint8Array,
  frames: Frames,
  lengths: readonly number[] = [999],
): Promise<Buffer> {
  const digests = { stored: DIGESTS_IN_TURN.begin(), plain: DIGESTS_IN_TURN.begin() };
  const options = { parallel: 2, ...digests, buffers: frameBuffers() };
  const chunks = decompressFrames(chunked(stored, lengths), frames, 'part', options);
  return Buffer.concat(await Array.fromAsync(chunks, (chunk) => Buffer.from(chunk)));
}

const SAMPLE = Buffer.from(Uint8Array.from({ length: 10_000 }, (_, i) => (i * i) % 253));

describe('compressFrames and decompressFrames', () => {
  test('are each other’s reverse, however the streams are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 20_000 }),
        chunkLengths,
        chunkLengths,
        fc.record({
          frameBytes: fc.integer({ min: 1_000, max: 7_000 }),
          parallel: fc.integer({ min: 1, max: 4 }),
        }),
        async (plain, plainLengths, storedLengths, options) => {
          const { stored, frames } = await compress(plain, plainLengths, options);
          expect(frames.map(([, bytes]) => bytes).reduce((a, b) => a + b, 0)).toBe(
            plain.byteLength,
          );
          const again = await decompress(stored, frames, storedLengths);
          expect(again.equals(plain)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('make frames of the size asked for, the last one shorter', async () => {
    const { frames } = await compress(SAMPLE, [333], { frameBytes: 4_000, parallel: 2 });
    expect(frames.map(([, plainBytes]) => plainBytes)).toEqual([4_000, 4_000, 2_000]);
  });

  test('make nothing of nothing', async () => {
    expect(await compress(Buffer.alloc(0), [1], { frameBytes: 10, parallel: 2 })).toEqual({
      stored: Buffer.alloc(0),
      frames: [],
    });
  });

  test('hold no more than the parallel frames and the one being filled', async () => {
    let taken = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        taken += 1;
        yield Buffer.alloc(1_000);
      }
    };
    const frames = compressFrames(endless(), {
      frameBytes: 1_000,
      parallel: 3,
      buffers: frameBuffers(),
    });
    const iterator = frames[Symbol.asyncIterator]();
    await iterator.next();
    expect(taken).toBeLessThanOrEqual(5);
    await iterator.return?.();
  });

  test('pass on the error of the source', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(5_000);
      throw new RangeError('the source broke');
    };
    const frames = compressFrames(failing(), {
      frameBytes: 1_000,
      parallel: 2,
      buffers: frameBuffers(),
    });
    await expect(Array.fromAsync(frames)).rejects.toThrow(RangeError);
  });

  test('refuse a stream that is cut short, or longer than recorded', async () => {
    const { stored, frames } = await compress(SAMPLE, [500], { frameBytes: 3_000, parallel: 2 });
    const withPlainBytes = (difference: number): Frames =>
      frames.map(([storedBytes, plainBytes]) => [storedBytes, plainBytes + difference]);
    const wrong: readonly [Uint8Array, Frames][] = [
      [stored.subarray(0, -1), frames],
      [Buffer.concat([stored, Buffer.alloc(1)]), frames],
      [stored, frames.slice(0, -1)],
      [stored, withPlainBytes(1)],
      [stored, withPlainBytes(-1)],
    ];
    for (const [bytes, recorded] of wrong) {
      await expect(decompress(bytes, recorded)).rejects.toMatchObject({ code: 'STORE-CORRUPT' });
    }
  });
});
