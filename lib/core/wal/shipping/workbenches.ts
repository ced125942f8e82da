import type { Digests } from '../../ports/digests.ts';
import { frameCompressor } from '../../store/frame-compressor.ts';
import type { Sealing } from '../../store/sealed-object.ts';
import { DIGESTS_IN_TURN } from '../../tar/stream-digest.ts';

/**
 * Where one segment is read, proven and sealed as one zstd frame. Nothing else may touch its bytes
 * meanwhile. Disposing it lets the next segment come.
 */
export interface Workbench extends Sealing, Disposable {
  /** Room for a segment; what it holds is left over. */
  readonly bytes: Uint8Array;
}

/** Workbenches that are used again and again. */
export interface Workbenches {
  /** The next one that nobody has, in the order of the calls. */
  take(): Promise<Workbench>;
}

/** Plain bytes that are worked on at once; what waits for the store by then is compressed. */
const WORKED_ON_BYTES = 32 * 1024 * 1024;

/**
 * as many workbenches for segments of `segmentBytes` as hold 32 MiB together, at least one.
 *
 * Memory of its own for each segment costs as much as reading it: the kernel zeroes its pages, and its
 * size makes V8 collect the whole heap soon after.
 */
export function workbenches(segmentBytes: number, digests: Digests = DIGESTS_IN_TURN): Workbenches {
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
    // Another thread can hash what lies in it.
    const bytes = Buffer.from(new SharedArrayBuffer(segmentBytes));
    const compressor = frameCompressor();
    let isBroken = false;
    const workbench: Workbench = {
      bytes,
      hash: async (plain) => {
        const digest = digests.begin();
        const [, sha256] = await Promise.all([digest.add(plain), digest.sha256()]);
        return sha256;
      },
      pack: async (plain) => {
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
