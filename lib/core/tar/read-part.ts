import type { PartRecord } from '../store/records.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { Digests } from '../ports/digests.ts';
import type { FrameBuffers } from './frame-buffers.ts';
import { decompressFrames } from './zstd-frames.ts';

/** How a part is read. */
export interface ReadPartOptions {
  /** Frames decoded at the same time, 1 or more. */
  readonly parallel: number;
  readonly digests: Digests;
  readonly buffers: FrameBuffers;
}

/**
 * The plain tar of one part, proven against its record: frame lengths as it goes, both hashes at the
 * end. The stored bytes are hashed too, because a decoder ignores some bits of a zstd frame.
 *
 * What was yielded is valid until the next chunk is asked for, and proven only once the iteration
 * has ended without an error.
 *
 * @param chunks - the stored object.
 * @param object - its key, for messages.
 * @throws {@link OpsError} `STORE-CORRUPT` when anything differs.
 */
export async function* readPart(
  chunks: AsyncIterable<Uint8Array>,
  part: PartRecord,
  object: string,
  { parallel, digests, buffers }: ReadPartOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stored = digests.begin();
  const plain = digests.begin();
  yield* decompressFrames(chunks, part.frames, object, { parallel, stored, plain, buffers });
  if (stored.bytes() !== part.storedBytes || (await stored.sha256()) !== part.storedSha256) {
    throw corrupt(object, 'stored');
  }
  if (plain.bytes() !== part.plainBytes || (await plain.sha256()) !== part.plainSha256) {
    throw corrupt(object, 'plain');
  }
}

function corrupt(object: string, which: 'stored' | 'plain'): OpsError {
  return new OpsError('STORE-CORRUPT', `${object} does not match the hash of its ${which} bytes`, {
    hint: 'the object was damaged after it was stored: choose another backup',
    details: { object },
  });
}
