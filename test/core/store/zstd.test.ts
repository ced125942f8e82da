import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressWal, decompressFrame } from '../../../lib/core/store/zstd.ts';
import { codeOf } from '../../contract/store-helpers.ts';

describe('zstd frame', () => {
  test('gives back the bytes that went in', async () => {
    const bytes = fc.uint8Array({ maxLength: 5_000 });
    await fc.assert(
      fc.asyncProperty(bytes, async (plain) => {
        const decoded = await decompressFrame(await compressWal(plain), 'a', plain.byteLength);
        expect(Buffer.compare(decoded, plain)).toBe(0);
      }),
    );
  });

  test('holds a whole segment', async () => {
    const segment = Buffer.alloc(16 * 1024 * 1024, 'wal');
    const decoded = await decompressFrame(await compressWal(segment), 'a', segment.byteLength);
    expect(segment.equals(decoded)).toBe(true);
  });

  test.each([0, 9, 11])('is refused when it decodes to 10 bytes instead of %i', async (bytes) => {
    const frame = await compressWal(Buffer.alloc(10));
    expect(await codeOf(decompressFrame(frame, 'a', bytes))).toBe('STORE-CORRUPT');
  });

  test('is refused when it is no zstd, or cut', async () => {
    const frame = await compressWal(Buffer.from('the plain bytes'));
    expect(await codeOf(decompressFrame(Buffer.from('not zstd'), 'a'))).toBe('STORE-CORRUPT');
    expect(await codeOf(decompressFrame(frame.subarray(0, -1), 'a'))).toBe('STORE-CORRUPT');
  });

  test.each([1, 2, 3, 4])('is refused when byte %i of its checksum is wrong', async (fromEnd) => {
    const frame = Buffer.from(await compressWal(Buffer.alloc(100_000, 'wal')));
    const at = frame.byteLength - fromEnd;
    frame[at] = (frame[at] ?? 0) ^ 1;
    expect(await codeOf(decompressFrame(frame, 'a'))).toBe('STORE-CORRUPT');
  });
});
