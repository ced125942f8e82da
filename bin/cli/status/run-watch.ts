import { toOpsError } from '../../../lib/core/errors/ops-error.ts';
import type { Clock } from '../../../lib/core/ports/clock.ts';
import type { StatusReading } from './read-status.ts';
import { failed, NOTHING_READ, refreshed, refreshing, type WatchState } from './watch-state.ts';

/** What a watch works with. */
export interface WatchDeps {
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Reads new figures. */
  readonly read: () => Promise<StatusReading>;
  /** Called after each refresh. */
  readonly show: (state: WatchState) => void;
  /**
   * Called every second in between, so that ages go on.
   *
   * @default - nobody looks
   */
  readonly tick?: ((state: WatchState) => void) | undefined;
}

const TICK_MS = 1_000;
/** What is slow to answer is not asked again at once. */
const LONGEST_REST_MS = 60_000;

/**
 * Refreshes again and again until the signal ends it, one refresh at a time: the next begins
 * `intervalMs` after the last began, and not before a rest as long as the last took.
 *
 * A refresh that fails leaves the last figures standing.
 *
 * @throws what the very first refresh throws, unless it may pass by itself: a wrong option never does.
 */
export async function runWatch(intervalMs: number, deps: WatchDeps): Promise<void> {
  const { clock, signal, read, show, tick } = deps;
  let state = NOTHING_READ;
  while (!signal.aborted) {
    const startedAtMs = clock.elapsedMs();
    state = refreshing(state, clock.now());
    const ticking = startTicking();
    try {
      const reading = await read();
      state = refreshed(state, reading, clock.now());
    } catch (cause) {
      if (signal.aborted) return;
      const error = toOpsError(cause);
      if (state.reading === undefined && state.failure === undefined && !error.retryable)
        throw error;
      state = failed(state, error, clock.now());
    } finally {
      ticking.end();
    }
    show(state);
    const tookMs = clock.elapsedMs() - startedAtMs;
    await rest(Math.max(intervalMs - tookMs, Math.min(tookMs, LONGEST_REST_MS)));
  }

  function startTicking(): { readonly end: () => void } {
    const over = new AbortController();
    const ends = AbortSignal.any([signal, over.signal]);
    const go = async (): Promise<void> => {
      while (!ends.aborted) {
        tick?.(state);
        await clock.sleep(TICK_MS, ends).catch(() => undefined);
      }
    };
    if (tick !== undefined) void go();
    return { end: () => over.abort() };
  }

  async function rest(ms: number): Promise<void> {
    const until = clock.elapsedMs() + ms;
    for (let left = ms; left > 0 && !signal.aborted; left = until - clock.elapsedMs()) {
      const step = tick === undefined ? left : Math.min(left, TICK_MS);
      await clock.sleep(step, signal).catch(() => undefined);
      tick?.(state);
    }
  }
}
