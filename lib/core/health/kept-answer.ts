import type { Clock } from '../ports/clock.ts';

/** An answer that is given again until it is too old, and found once for all who ask meanwhile. */
export interface KeptAnswer<T> {
  get(clock: Clock, find: () => Promise<T>): Promise<T>;
}

/**
 * Keeps what was found for `keepMs`, counted from its end. What could not be found is not kept, and told to all who wait
 * for it.
 */
export function keptAnswer<T>(keepMs: number): KeptAnswer<T> {
  let kept: { readonly value: T; readonly atMs: number } | undefined;
  let finding: Promise<T> | undefined;
  return {
    get: async (clock, find) => {
      if (kept !== undefined && clock.elapsedMs() - kept.atMs < keepMs) return kept.value;
      finding ??= findOnce(clock, find);
      return finding;
    },
  };

  async function findOnce(clock: Clock, find: () => Promise<T>): Promise<T> {
    try {
      const value = await find();
      kept = { value, atMs: clock.elapsedMs() };
      return value;
    } finally {
      finding = undefined;
    }
  }
}
