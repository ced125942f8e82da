import { Worker } from 'node:worker_threads';
import { type OpsError, toOpsError } from '../../errors/ops-error.ts';
import type { Digests } from '../../ports/digests.ts';

/** What the thread is asked: to add bytes to a digest or, without any, to end it. */
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

/** Digests of a thread, which ends with them. */
export interface DigestThread extends Digests, AsyncDisposable {}

const WORKER = new URL('digest-worker.mjs', import.meta.url);
/** It keeps nothing but what it takes to start. */
const LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 };

/**
 * Hashes on a thread of its own. Bytes in shared memory are read where they lie, others are copied
 * first.
 *
 * The main thread of a backup or a restore is what everything waits for: hashing there made a backup of
 * pgbench's tables take half as long again, with a core idle.
 *
 * @see https://nodejs.org/docs/latest-v24.x/api/worker_threads.html
 */
export function startDigestThread(): DigestThread {
  let thread = startThread();
  let isOver = false;
  return {
    begin: () => {
      // One that has died fails what it was at. An agent lives for months, and goes on with another.
      if (thread.hasEnded() && !isOver) thread = startThread();
      return thread.begin();
    },
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await thread[Symbol.asyncDispose]();
    },
  };
}

function startThread(): DigestThread & { hasEnded(): boolean } {
  const worker = new Worker(WORKER, { resourceLimits: LIMITS });
  const waiting = new Map<number, PromiseWithResolvers<string>>();
  let calls = 0;
  let digests = 0;
  let failure: OpsError | undefined;

  const fail = (error: unknown): void => {
    failure ??= toOpsError(error);
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the thread that hashes has ended')));
  worker.on('message', ({ call, sha256 }: DigestAnswer) => {
    waiting.get(call)?.resolve(sha256);
    waiting.delete(call);
  });

  const ask = async (request: Omit<DigestRequest, 'call'>): Promise<string> => {
    if (failure !== undefined) throw failure;
    const call = (calls += 1);
    const answer = Promise.withResolvers<string>();
    waiting.set(call, answer);
    const { bytes } = request;
    worker.postMessage({ ...request, call }, isOwn(bytes) ? [bytes.buffer] : []);
    return answer.promise;
  };

  return {
    hasEnded: () => failure !== undefined,
    begin: () => {
      const digest = (digests += 1);
      let total = 0;
      return {
        add: async (bytes) => {
          total += bytes.byteLength;
          await ask({ digest, bytes: readable(bytes) });
        },
        bytes: () => total,
        sha256: async () => ask({ digest }),
      };
    },
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
}

/** What may be read on another thread: a view of shared memory, or a copy without what lies around it. */
function readable(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer ? bytes : new Uint8Array(bytes);
}

/** Given away instead of being copied once more. */
function isOwn(bytes: Uint8Array | undefined): bytes is Uint8Array<ArrayBuffer> {
  return bytes?.buffer instanceof ArrayBuffer;
}
