/** Time, injected so that planners stay pure and tests decide what time it is. */
export interface Clock {
  now(): Date;
  /** Milliseconds from an arbitrary start, never stepped back: for durations. */
  elapsedMs(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
