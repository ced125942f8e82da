/**
 * What a digest thread runs; only `startDigestThread` starts it. Plain JavaScript, because a thread that
 * has to strip types first takes 20 MB to do so.
 */
import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/** @type {Map<number, import('node:crypto').Hash>} */
const running = new Map();

parentPort?.on(
  'message',
  /** @param {import('./digest-thread.ts').DigestRequest} request */
  ({ call, digest, bytes }) => {
    const hash = running.get(digest) ?? createHash('sha256');
    let sha256 = '';
    if (bytes === undefined) {
      running.delete(digest);
      sha256 = hash.digest('hex');
    } else {
      running.set(digest, hash.update(bytes));
    }
    /** @type {import('./digest-thread.ts').DigestAnswer} */
    const answer = { call, sha256 };
    parentPort?.postMessage(answer, []);
  },
);
