import { createHash } from 'node:crypto';
import type { Digests, RunningDigest } from '../ports/digests.ts';

/** Hashes while everything else waits: for little, and wherever nobody has anything better. */
export const DIGESTS_IN_TURN: Digests = {
  begin: () => {
    const hash = createHash('sha256');
    let total = 0;
    return {
      add: async (bytes) => {
        hash.update(bytes);
        total += bytes.byteLength;
      },
      bytes: () => total,
      sha256: async () => hash.digest('hex'),
    };
  },
};

/** The same chunks, each hashed while whoever asked for it works with it. */
export async function* digested(
  chunks: AsyncIterable<Uint8Array>,
  digest: RunningDigest,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) yield* whileDigested(chunk, digest);
}

/** Gives `bytes` while `digest` takes them; ends when both are done with them. */
export async function* whileDigested(
  bytes: Uint8Array,
  digest: RunningDigest,
): AsyncGenerator<Uint8Array, void, undefined> {
  const adding = digest.add(bytes);
  // It may fail while nobody waits for it yet.
  adding.catch(() => undefined);
  try {
    yield bytes;
  } finally {
    await adding;
  }
}
