import { randomBytes } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { frameCompressor } from '../../../lib/core/store/frame-compressor.ts';
import { frameDecompressor } from '../../../lib/core/store/frame-decompressor.ts';

/** Around the sizes of the chunks that Node's codec gives its output in. */
const LENGTHS = [0, 1, 100, 131_071, 131_072, 131_073, 262_144, 2_097_152, 7];

describe('frameCompressor and frameDecompressor', () => {
  test('make and read one whole frame after the other, each as on its own', async () => {
    using compressor = frameCompressor();
    using decompressor = frameDecompressor();
    const into = Buffer.alloc(3_000_000);
    for (const plain of LENGTHS.flatMap((bytes) => [
      Buffer.alloc(bytes, 'ab'),
      randomBytes(bytes),
    ])) {
      const frame = await compressor.compress(plain);
      expect(zstdDecompressSync(frame).equals(plain)).toBe(true);
      const bytes = await decompressor.decompress(frame, into);
      expect(into.subarray(0, bytes).equals(plain)).toBe(true);
    }
  });

  test('leave out what does not fit', async () => {
    using compressor = frameCompressor();
    using decompressor = frameDecompressor();
    const frame = await compressor.compress(Buffer.alloc(300_000, 1));
    const into = Buffer.alloc(10);
    expect(await decompressor.decompress(frame, into)).toBe(10);
    expect(into.equals(Buffer.alloc(10, 1))).toBe(true);
  });

  test('find a damaged byte of the content', async () => {
    using compressor = frameCompressor();
    using decompressor = frameDecompressor();
    const frame = await compressor.compress(randomBytes(1_000));
    frame[500] = (frame[500] ?? 0) ^ 1;
    await expect(decompressor.decompress(frame, Buffer.alloc(1_001))).rejects.toMatchObject({
      code: 'ZSTD_error_checksum_wrong',
    });
  });
});
