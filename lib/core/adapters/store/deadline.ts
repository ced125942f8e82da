import { OpsError } from '../../errors/ops-error.ts';

/** How long a call on a store may take. */
export interface Deadlines {
  /** A whole small call, or one page of a listing; milliseconds. */
  readonly callMs: number;
  /** One step of a long call without any progress; milliseconds. */
  readonly idleMs: number;
  /** What a call that was told to end gets for cleaning up; milliseconds. */
  readonly graceMs: number;
}

/** A countdown around one call, joined with the caller's own signal. */
export interface Deadline {
  /** Aborted by the caller, or with `STORE-TIMEOUT` once the countdown ends. */
  readonly signal: AbortSignal;
  /** Starts the countdown anew. */
  restart(): void;
  /** Halts the countdown while the call waits for its caller. */
  pause(): void;
  /** Frees timer and listener; the signal stays as it is. */
  stop(): void;
  /**
   * The outcome of `work`. When the signal is aborted, rejects with its reason once `work` has
   * cleaned up, or after the grace time if it does not.
   */
  settle<T>(work: Promise<T>): Promise<T>;
}

/** Starts a countdown of `ms` milliseconds for the call that `what` names. */
export function startDeadline(
  what: string,
  ms: number,
  graceMs: number,
  caller: AbortSignal | undefined,
): Deadline {
  const ending = new AbortController();
  const { signal } = ending;
  const forward = (): void => ending.abort(caller?.reason);
  caller?.addEventListener('abort', forward, { once: true });
  let timer: NodeJS.Timeout | undefined;
  const pause = (): void => clearTimeout(timer);
  const restart = (): void => {
    pause();
    timer = setTimeout(() => ending.abort(timedOut(what, ms)), ms);
  };
  restart();
  return {
    signal,
    restart,
    pause,
    stop: () => {
      pause();
      caller?.removeEventListener('abort', forward);
    },
    settle: async (work) => settle(work, signal, graceMs),
  };
}

async function settle<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  let grace: NodeJS.Timeout | undefined;
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    grace = setTimeout(() => reject(signal.reason), graceMs);
  };
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, givenUp]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', giveUp);
  }
}

function timedOut(what: string, ms: number): OpsError {
  return new OpsError('STORE-TIMEOUT', `${what} made no progress for ${ms} ms`, {
    hint: 'check the network and the store; the call may be repeated',
    details: { timeoutMs: ms },
  });
}
