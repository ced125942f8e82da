import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { unpackers } from '../../../../lib/core/restore/wal/unpackers.ts';
import { compressWal } from '../../../../lib/core/store/zstd.ts';

const SEGMENT_BYTES = 300_000;

describe('unpackers', () => {
  test('give the plain bytes, one file after the other in the same memory', async () => {
    const all = unpackers(SEGMENT_BYTES);
    const memory = new Set<unknown>();
    for (const bytes of [SEGMENT_BYTES, 5, 0]) {
      using unpacker = all.take();
      const plain = randomBytes(bytes);
      const unpacked = await unpacker.unpack(await compressWal(plain), 'wal');
      expect(Buffer.from(unpacked).equals(plain)).toBe(true);
      memory.add(unpacked.buffer);
      unpacker.proven();
    }
    expect(memory.size).toBe(1);
  });

  test('never give memory that is in use', async () => {
    const all = unpackers(SEGMENT_BYTES);
    using first = all.take();
    using second = all.take();
    const plain = [randomBytes(10), randomBytes(10)] as const;
    const unpacked = [
      await first.unpack(await compressWal(plain[0]), 'a'),
      await second.unpack(await compressWal(plain[1]), 'b'),
    ];
    expect(unpacked.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(
      plain.map((bytes) => bytes.toString('hex')),
    );
  });

  test('give a byte more than a segment of what is too long', async () => {
    using unpacker = unpackers(SEGMENT_BYTES).take();
    const frame = await compressWal(Buffer.alloc(2 * SEGMENT_BYTES));
    expect((await unpacker.unpack(frame, 'wal')).byteLength).toBe(SEGMENT_BYTES + 1);
  });

  test('work again after a frame with something behind it', async () => {
    const all = unpackers(SEGMENT_BYTES);
    const plain = randomBytes(1_000);
    const frame = await compressWal(plain);
    for (const stored of [Buffer.concat([frame, Buffer.from('more')]), frame]) {
      using unpacker = all.take();
      expect(Buffer.from(await unpacker.unpack(stored, 'wal')).equals(plain)).toBe(true);
      unpacker.proven();
    }
  });

  test('fail on what is not zstd, and work again after that', async () => {
    const all = unpackers(SEGMENT_BYTES);
    {
      using unpacker = all.take();
      const bad = unpacker.unpack(Buffer.from('not zstd at all'), 'the key');
      await expect(bad).rejects.toMatchObject({
        code: 'STORE-CORRUPT',
        details: { object: 'the key' },
      });
    }
    using next = all.take();
    const plain = Buffer.from('plain');
    const unpacked = await next.unpack(await compressWal(plain), 'wal');
    expect(Buffer.from(unpacked).equals(plain)).toBe(true);
  });

  test('give less of a frame that is cut, and do not wait for its rest in the next one', async () => {
    const all = unpackers(SEGMENT_BYTES);
    const plain = randomBytes(SEGMENT_BYTES);
    const frame = await compressWal(plain);
    {
      using unpacker = all.take();
      const cut = await unpacker.unpack(frame.subarray(0, frame.byteLength / 2), 'wal');
      expect(cut.byteLength).toBeLessThan(SEGMENT_BYTES);
    }
    using next = all.take();
    expect(Buffer.from(await next.unpack(frame, 'wal')).equals(plain)).toBe(true);
  });
});
