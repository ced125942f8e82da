import type { OpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';

/** How long a piece of work may take, and who may end it sooner. */
export interface RunDeadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Made at the moment the time is over, so that it can name the step. */
  readonly timedOut: () => OpsError;
}

/**
 * Runs `work` with a signal that is aborted past the deadline, or by the caller. Either end wins
 * over whatever error the work ends with because of it.
 *
 * @throws what `timedOut` makes; the caller's reason; else what `work` throws.
 */
export async function withinDeadline<T>(
  { clock, timeoutMs, signal: caller, timedOut }: RunDeadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted();
  const expiry = new AbortController();
  const done = new AbortController();
  const signal = AbortSignal.any([expiry.signal, ...(caller === undefined ? [] : [caller])]);
  const countdown = async (): Promise<void> => {
    try {
      await clock.sleep(timeoutMs, done.signal);
      expiry.abort(timedOut());
    } catch {
      // The work ended first.
    }
  };
  const counting = countdown();
  try {
    return await work(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    done.abort();
    await counting;
  }
}
