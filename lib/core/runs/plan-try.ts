import type { CapacityProvider } from '../ports/task-runner.ts';

/** What is known before the next try to run a task. */
export interface TryState {
  /** Tries made so far. */
  readonly tries: number;
  readonly wanted: CapacityProvider;
  /** Whether there was no room at one of them. */
  readonly hadNoRoom: boolean;
  /** Until the function is ended. */
  readonly leftMs: number;
  /** 0 to 1: by how much the pause is drawn out, so that functions do not march in step. */
  readonly chance: number;
}

/** The next try, after a pause. */
export interface PlannedTry {
  readonly pauseMs: number;
  readonly provider: CapacityProvider;
}

const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 4_000;
/** For one call with its repetitions, and the record behind it. */
const TRY_MS = 15_000;

/**
 * Plans the next try; `undefined` when there were enough, or no time is left. The first is always made.
 * The last leaves spot capacity, if that had no room: a backup that costs more is better than none.
 */
export function planTry({
  tries,
  wanted,
  hadNoRoom,
  leftMs,
  chance,
}: TryState): PlannedTry | undefined {
  if (tries === 0) return { pauseMs: 0, provider: wanted };
  const pauseMs = pauseAfter(tries) * (0.5 + chance / 2);
  const restMs = leftMs - pauseMs - TRY_MS;
  if (tries >= MOST_TRIES || restMs < 0) return undefined;
  const mayBeLast = tries === MOST_TRIES - 1 || restMs < pauseAfter(tries + 1) + TRY_MS;
  return { pauseMs, provider: mayBeLast && hadNoRoom ? 'FARGATE' : wanted };
}

function pauseAfter(tries: number): number {
  return FIRST_PAUSE_MS * 2 ** (tries - 1);
}
