import { OpsError } from '../../errors/ops-error.ts';
import { frameDecompressor } from '../../store/frame-decompressor.ts';
import type { Room } from '../../store/gather.ts';

/** Where one file of WAL is unpacked. Disposing it lets another file take its place, if this one was whole. */
export interface Unpacker extends Disposable {
  /**
   * The plain bytes of one zstd frame, valid until the next call; of more than a segment, the
   * beginning, and fewer when the frame is cut: whoever asked must prove them.
   *
   * @throws {@link OpsError} `STORE-CORRUPT` when it is none.
   */
  readonly unpack: (frame: Uint8Array, object: string) => Promise<Uint8Array>;
  /** Where the frame goes before: memory that is valid until the next call. */
  readonly room: Room;
  /** To be called when what was unpacked is proven: behind a cut frame a decoder waits for its rest. */
  proven(): void;
}

/** Unpackers that are used again and again. */
export interface Unpackers {
  take(): Unpacker;
}

/**
 * As many unpackers as are in use at once. Memory of its own for each segment would cost a replay as
 * much as decompressing it: the kernel zeroes its pages, and V8 collects the whole heap soon after.
 */
export function unpackers(segmentBytes: number): Unpackers {
  const free: Unpacker[] = [];

  const make = (): Unpacker => {
    // A byte more than a segment has shows what is too long.
    const bytes = Buffer.allocUnsafeSlow(segmentBytes + 1);
    let stored = Buffer.alloc(0);
    let decompressor = frameDecompressor();
    let isBetweenFrames = true;
    let isUsed = false;
    /** Behind a frame with anything after it a decoder is of no more use, and does not say so. */
    const decompress = async (frame: Uint8Array): Promise<number> => {
      const wasUsed = isUsed;
      isUsed = true;
      try {
        return await decompressor.decompress(frame, bytes);
      } catch (error) {
        if (!wasUsed) throw error;
        decompressor[Symbol.dispose]();
        decompressor = frameDecompressor();
        return decompressor.decompress(frame, bytes);
      }
    };
    const unpacker: Unpacker = {
      room: (wanted) => {
        if (stored.byteLength < wanted) stored = Buffer.allocUnsafeSlow(wanted);
        return stored;
      },
      unpack: async (frame, object) => {
        isBetweenFrames = false;
        try {
          return bytes.subarray(0, await decompress(frame));
        } catch (cause) {
          throw new OpsError('STORE-CORRUPT', `${object} is not valid zstd`, {
            cause,
            hint: 'the stored bytes are damaged: run "holdfast verify --deep" to see what else is',
            details: { object },
          });
        }
      },
      proven: () => {
        isBetweenFrames = true;
      },
      [Symbol.dispose]: () => {
        if (isBetweenFrames) free.push(unpacker);
        else decompressor[Symbol.dispose]();
      },
    };
    return unpacker;
  };

  return { take: () => free.pop() ?? make() };
}
