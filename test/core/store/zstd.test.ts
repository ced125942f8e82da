import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressFrame, decompressFrame } from '../../../lib/core/store/zstd.ts';
import { codeOf } from '../../contract/store-helpers.ts';

describe('zstd frame', () => {
  test('gives back the bytes that went in', async () => {
    const bytes = fc.uint8Array({ maxLength: 5_000 });
    await fc.assert(
      fc.asyncProperty(bytes, async (plain) => {
        const decoded = await decompressFrame(await compressFrame(plain), 'a', plain.byteLength);
        expect(Buffer.compare(decoded, plain)).toBe(0);
      }),
    );
  });

  test('holds a whole segment', async () => {
    const segment = Buffer.alloc(16 * 1024 * 1024, 'wal');
    const decoded = await decompressFrame(await compressFrame(segment), 'a', segment.byteLength);
    expect(segment.equals(decoded)).toBe(true);
  });

  test.each([0, 9, 11])('is refused when it decodes to 10 bytes instead of %i', async (bytes) => {
    const frame = await compressFrame(Buffer.alloc(10));
    expect(await codeOf(decompressFrame(frame, 'a', bytes))).toBe('STORE-CORRUPT');
  });

  test('is refused when it is no zstd, or cut', async () => {
    const frame = await compressFrame(Buffer.from('the plain bytes'));
    expect(await codeOf(decompressFrame(Buffer.from('not zstd'), 'a'))).toBe('STORE-CORRUPT');
    expect(await codeOf(decompressFrame(frame.subarray(0, -1), 'a'))).toBe('STORE-CORRUPT');
  });
});
