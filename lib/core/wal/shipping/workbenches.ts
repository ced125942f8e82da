import { frameCompressor } from '../../store/frame-compressor.ts';

/** Where one segment is read, proven and compressed. Disposing it lets the next one come. */
export interface Workbench extends Disposable {
  /** Room for a segment; what it holds is left over. */
  readonly bytes: Uint8Array;
  /** One zstd frame of `plain`, which must not change until it has settled. */
  readonly compress: (plain: Uint8Array) => Promise<Uint8Array>;
}

/** Workbenches that are used again and again. */
export interface Workbenches {
  /** The next one that nobody has, in the order of the calls. */
  take(): Promise<Workbench>;
}

/** Plain bytes that are worked on at once; what waits for the store by then is compressed. */
const WORKED_ON_BYTES = 32 * 1024 * 1024;

/**
 * As many workbenches for segments of `segmentBytes` as hold 32 MiB together, at least one.
 *
 * Memory of its own for each segment costs as much as reading it: the kernel zeroes its pages, and its
 * size makes V8 collect the whole heap soon after.
 */
export function workbenches(segmentBytes: number): Workbenches {
  const most = Math.max(1, Math.floor(WORKED_ON_BYTES / segmentBytes));
  const free: Workbench[] = [];
  const waiting: (() => void)[] = [];
  let taken = 0;
  /** Whoever waits longest takes over the place of the one that ends. */
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  };

  const make = (): Workbench => {
    const bytes = Buffer.allocUnsafeSlow(segmentBytes);
    const compressor = frameCompressor();
    let isBroken = false;
    const workbench: Workbench = {
      bytes,
      compress: async (plain) => {
        try {
          return await compressor.compress(plain);
        } catch (error) {
          isBroken = true;
          throw error;
        }
      },
      [Symbol.dispose]: () => {
        if (isBroken) compressor[Symbol.dispose]();
        else free.push(workbench);
        leave();
      },
    };
    return workbench;
  };

  return {
    take: async () => {
      if (taken < most) taken += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return free.pop() ?? make();
      } catch (error) {
        // There is no memory for one; the next who asks may have more luck.
        leave();
        throw error;
      }
    },
  };
}
