import { createHash } from 'node:crypto';

/** Length and SHA-256 of bytes that went by. */
export interface StreamDigest {
  add(bytes: Uint8Array): void;
  bytes(): number;
  /** Lower-case hex; ends the digest. */
  sha256(): string;
}

/** Counts and hashes a stream piece by piece. */
export function streamDigest(): StreamDigest {
  const hash = createHash('sha256');
  let total = 0;
  return {
    add: (bytes) => {
      hash.update(bytes);
      total += bytes.byteLength;
    },
    bytes: () => total,
    sha256: () => hash.digest('hex'),
  };
}

/** The same chunks, each added to `digest` as it passes. */
export async function* digested(
  chunks: AsyncIterable<Uint8Array>,
  digest: StreamDigest,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    digest.add(chunk);
    yield chunk;
  }
}
