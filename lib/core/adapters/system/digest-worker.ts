/** What a digest thread runs. Only {@link startDigestThread} starts it. */
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/** Adds bytes to a digest or, without any, ends it. */
export interface DigestRequest {
  /** Comes back with the answer. */
  readonly call: number;
  readonly digest: number;
  readonly bytes?: Uint8Array;
}

/** The request was carried out. */
export interface DigestAnswer {
  readonly call: number;
  /** Lower-case hex; empty unless the digest has ended. */
  readonly sha256: string;
}

const running = new Map<number, Hash>();

parentPort?.on('message', ({ call, digest, bytes }: DigestRequest) => {
  const hash = running.get(digest) ?? createHash('sha256');
  let sha256 = '';
  if (bytes === undefined) {
    running.delete(digest);
    sha256 = hash.digest('hex');
  } else {
    running.set(digest, hash.update(bytes));
  }
  const answer: DigestAnswer = { call, sha256 };
  parentPort?.postMessage(answer, []);
});
