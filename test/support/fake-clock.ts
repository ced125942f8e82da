import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../lib/core/ports/clock.ts';

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** Goes on by `ms`, and wakes whoever sleeps until then, in the order of their times. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock whose first moment is `startedAt`. */
export function fakeClock(startedAt = new Date('2026-11-22T00:00:00.000Z')): FakeClock {
  const sleepers = new Set<Sleeper>();
  let elapsedMs = 0;
  return {
    now: () => new Date(startedAt.getTime() + elapsedMs),
    elapsedMs: () => elapsedMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: elapsedMs + ms, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        sleepers.delete(sleeper);
        reject(signal.reason);
      });
      await promise;
    },
    advance: async (ms) => {
      const until = elapsedMs + ms;
      await setImmediate();
      for (
        let next = firstOf(sleepers, until);
        next !== undefined;
        next = firstOf(sleepers, until)
      ) {
        elapsedMs = next.at;
        sleepers.delete(next);
        next.wake();
        // Whoever was woken may go to sleep again, and must be woken again on the way.
        await setImmediate();
      }
      elapsedMs = until;
    },
  };
}

function firstOf(sleepers: ReadonlySet<Sleeper>, until: number): Sleeper | undefined {
  return [...sleepers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
}
