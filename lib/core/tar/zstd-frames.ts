import { pMapIterable } from 'p-map';
import type { PartRecord } from '../store/records.ts';
import { OpsError } from '../errors/ops-error.ts';
import { compressFrame, decompressFrame } from '../store/zstd.ts';
import { byteReader } from './byte-reader.ts';

/** How frames are made. */
export interface FrameOptions {
  /** Frames compressed at the same time, 1 or more: about one per core. */
  readonly parallel: number;
  /**
   * Plain bytes per frame.
   *
   * @default 4 MiB
   */
  readonly frameBytes?: number;
}

/** One zstd frame of a longer stream. */
export interface Frame {
  readonly stored: Uint8Array;
  readonly plainBytes: number;
}

const FRAME_BYTES = 4 * 1024 * 1024;

/**
 * Compresses a stream as a sequence of independent zstd frames, several at a time, in order.
 * Memory: about `parallel` times twice the frame size.
 */
export function compressFrames(
  chunks: AsyncIterable<Uint8Array>,
  { parallel, frameBytes = FRAME_BYTES }: FrameOptions,
): AsyncIterable<Frame> {
  // Used again and again: left to the garbage collector, they outlive many of its rounds.
  const free: Buffer[] = [];
  return pMapIterable(
    fillFrames(chunks, () => free.pop() ?? Buffer.allocUnsafe(frameBytes)),
    async ({ buffer, filled }) => {
      const stored = await compressFrame(buffer.subarray(0, filled));
      free.push(buffer);
      return { stored, plainBytes: filled };
    },
    { concurrency: parallel, backpressure: parallel },
  );
}

/**
 * The plain bytes of a stream made by {@link compressFrames}, frame by frame.
 *
 * @param frames - stored and plain bytes of each frame, as its record has them.
 * @param object - what is read, for messages.
 * @throws {@link OpsError} `STORE-CORRUPT` when the stream is not exactly these frames.
 */
export function decompressFrames(
  chunks: AsyncIterable<Uint8Array>,
  frames: PartRecord['frames'],
  object: string,
  { parallel }: { readonly parallel: number },
): AsyncIterable<Uint8Array> {
  return pMapIterable(
    cutFrames(chunks, frames, object),
    async ({ stored, plainBytes }) => decompressFrame(stored, object, plainBytes),
    { concurrency: parallel, backpressure: parallel },
  );
}

async function* fillFrames(
  chunks: AsyncIterable<Uint8Array>,
  nextBuffer: () => Buffer,
): AsyncGenerator<{ readonly buffer: Buffer; readonly filled: number }, void, undefined> {
  let buffer = nextBuffer();
  let filled = 0;
  for await (const chunk of chunks) {
    let offset = 0;
    while (offset < chunk.byteLength) {
      const piece = chunk.subarray(offset, offset + buffer.byteLength - filled);
      buffer.set(piece, filled);
      filled += piece.byteLength;
      offset += piece.byteLength;
      if (filled === buffer.byteLength) {
        yield { buffer, filled };
        buffer = nextBuffer();
        filled = 0;
      }
    }
  }
  if (filled > 0) yield { buffer, filled };
}

async function* cutFrames(
  chunks: AsyncIterable<Uint8Array>,
  frames: PartRecord['frames'],
  object: string,
): AsyncGenerator<Frame, void, undefined> {
  const source = chunks[Symbol.asyncIterator]();
  const reader = byteReader(source);
  try {
    for (const [storedBytes, plainBytes] of frames) {
      const stored = await reader.take(storedBytes);
      if (stored.byteLength < storedBytes) throw lengthMismatch(object, 'shorter');
      yield { stored, plainBytes };
    }
    if ((await reader.takeSome(1)).byteLength > 0) throw lengthMismatch(object, 'longer');
  } finally {
    await source.return?.();
  }
}

function lengthMismatch(object: string, than: 'shorter' | 'longer'): OpsError {
  return new OpsError('STORE-CORRUPT', `${object} is ${than} than its record says`, {
    hint: 'the object was damaged or replaced: choose another backup, or bring back an earlier version',
    details: { object },
  });
}
