import { OpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';

/** What a look is timed by. */
export interface Timing {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * What `work` comes to, if it does so in time; else it is told to end, and nobody waits for it.
 *
 * @throws {@link OpsError} `HEALTH-DIAGNOSIS` after `limitMs`; whatever `work` throws.
 */
export async function within<T>(
  limitMs: number,
  { clock, signal }: Timing,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const late = async (): Promise<never> => {
    await clock.sleep(limitMs, both);
    throw new OpsError('HEALTH-DIAGNOSIS', `no answer within ${limitMs / 1_000} s`, {
      hint: 'look by hand: the runbook says how; what was asked is slow, or out of reach',
    });
  };
  try {
    return await Promise.race([work(both), late()]);
  } finally {
    ending.abort();
  }
}
