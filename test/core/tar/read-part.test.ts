import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PartRecord } from '../../../lib/core/store/records.ts';
import { sha256 } from '../../../lib/core/store/sha256.ts';
import { readPart } from '../../../lib/core/tar/read-part.ts';
import { frameBuffers } from '../../../lib/core/tar/frame-buffers.ts';
import { DIGESTS_IN_TURN } from '../../../lib/core/tar/stream-digest.ts';
import { compressFrames } from '../../../lib/core/tar/zstd-frames.ts';
import { chunked, tarOf } from './tar-samples.ts';

async function storedPart(): Promise<{ plain: Buffer; stored: Buffer; part: PartRecord }> {
  const content = Buffer.from(Uint8Array.from({ length: 3_000 }, (_, i) => (i * 7) % 256));
  const plain = tarOf([{ path: 'base/5/1', content }]);
  const options = { frameBytes: 1_500, parallel: 2, buffers: frameBuffers() };
  const frames = await Array.fromAsync(compressFrames(chunked(plain, [800]), options));
  const stored = Buffer.concat(frames.map((frame) => frame.stored));
  const part: PartRecord = {
    name: 'part-00001.tar.zst',
    plainBytes: plain.byteLength,
    storedBytes: stored.byteLength,
    plainSha256: sha256(plain),
    storedSha256: sha256(stored),
    members: 1,
    frames: frames.map((frame) => [frame.stored.byteLength, frame.plainBytes]),
  };
  return { plain, stored, part };
}

async function read(stored: Uint8Array, part: PartRecord): Promise<Buffer> {
  const chunks = readPart(chunked(stored, [400]), part, part.name, {
    parallel: 2,
    digests: DIGESTS_IN_TURN,
    buffers: frameBuffers(),
  });
  return Buffer.concat(await Array.fromAsync(chunks, (chunk) => Buffer.from(chunk)));
}

describe('readPart', () => {
  test('gives the plain tar', async () => {
    const { plain, stored, part } = await storedPart();
    expect((await read(stored, part)).equals(plain)).toBe(true);
  });

  test('finds any flipped bit', async () => {
    const { stored, part } = await storedPart();
    const bits = fc.integer({ min: 0, max: stored.byteLength * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(bits, async (bit) => {
        const damaged = Buffer.from(stored);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expect(read(damaged, part)).rejects.toMatchObject({ code: 'STORE-CORRUPT' });
      }),
      { numRuns: 200 },
    );
  });

  test('finds a record whose plain hash or lengths are another object’s', async () => {
    const { stored, part } = await storedPart();
    for (const wrong of [
      { ...part, plainSha256: sha256(Buffer.alloc(0)) },
      { ...part, storedSha256: sha256(Buffer.alloc(0)) },
      { ...part, plainBytes: part.plainBytes + 1 },
      { ...part, storedBytes: part.storedBytes + 1 },
    ]) {
      await expect(read(stored, wrong)).rejects.toMatchObject({ code: 'STORE-CORRUPT' });
    }
  });
});
