import { describe, expect, test } from 'vitest';
import { decompressFrame } from '../../../../lib/core/store/zstd.ts';
import { workbenches } from '../../../../lib/core/wal/shipping/workbenches.ts';

const MiB = 1024 * 1024;

describe('workbenches', () => {
  test('are never given to two at once', async () => {
    const benches = workbenches(16 * MiB);
    const [first, second] = [await benches.take(), await benches.take()];
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer);
    expect([first, second].map(({ bytes }) => bytes.byteLength)).toEqual([16 * MiB, 16 * MiB]);
  });

  test('hold 32 MiB together: whoever comes then waits for one, first come, first served', async () => {
    const benches = workbenches(16 * MiB);
    const [first, second] = [await benches.take(), await benches.take()];
    const served: string[] = [];
    const third = benches.take().then((bench) => {
      served.push('third');
      return bench;
    });
    const fourth = benches.take().then((bench) => {
      served.push('fourth');
      return bench;
    });
    await Promise.resolve();
    expect(served).toEqual([]);
    second[Symbol.dispose]();
    expect((await third).bytes).toBe(second.bytes);
    expect(served).toEqual(['third']);
    first[Symbol.dispose]();
    expect((await fourth).bytes).toBe(first.bytes);
  });

  test('are one where a segment is larger than that', async () => {
    const benches = workbenches(64 * MiB);
    const only = await benches.take();
    const next = benches.take();
    only[Symbol.dispose]();
    expect((await next).bytes).toBe(only.bytes);
  });

  test('are given up when they fail, and another one is made', async () => {
    const benches = workbenches(64 * MiB);
    const broken = await benches.take();
    const notBytes = Object.freeze({ byteLength: 1 }) as unknown as Uint8Array;
    await expect(broken.pack(notBytes)).rejects.toThrow(TypeError);
    const next = benches.take();
    broken[Symbol.dispose]();
    using other = await next;
    expect(other).not.toBe(broken);
    const frame = await other.pack(Buffer.from('plain'));
    expect(Buffer.from(await decompressFrame(frame, 'wal')).toString()).toBe('plain');
  });

  test('compress one segment after the other', async () => {
    using bench = await workbenches(MiB).take();
    for (const fill of ['first', 'second']) {
      const plain = bench.bytes.subarray(0, 1_000);
      Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).fill(fill);
      const frame = await bench.pack(plain);
      expect(Buffer.from(await decompressFrame(frame, 'wal')).equals(Buffer.from(plain))).toBe(
        true,
      );
    }
  });
});
