import type { Clock } from '../ports/clock.ts';

/** What a recovery is doing, in the order it does it. */
export type RecoveryPhase =
  | 'claiming'
  | 'extracting'
  | 'verifying files'
  | 'replaying'
  | 'checking';

/** How far a phase has come. */
export interface RecoveryProgress {
  readonly phase: RecoveryPhase;
  /** Stored bytes while extracting, WAL segments while replaying, else 0. */
  readonly done: number;
  /** Of the same unit; while replaying an upper bound. */
  readonly total: number;
  /** Mean of this phase. */
  readonly perSec: number;
  /** Unknown before anything is done. */
  readonly etaSec: number | undefined;
}

/** Keeps the score of a recovery and tells it to whoever watches. */
export interface RecoveryMeter {
  enter(phase: RecoveryPhase, total?: number): void;
  advance(done: number): void;
  /** Seconds since the current phase was entered. */
  phaseSec(): number;
}

const REPORT_EVERY_MS = 500;

/** A meter that reports every change of phase, and within a phase at most twice a second. */
export function recoveryMeter(
  clock: Clock,
  report: (progress: RecoveryProgress) => void,
): RecoveryMeter {
  let phase: RecoveryPhase = 'claiming';
  let total = 0;
  let enteredMs = clock.elapsedMs();
  let reportedMs = Number.NEGATIVE_INFINITY;

  const tell = (done: number): void => {
    reportedMs = clock.elapsedMs();
    const seconds = (reportedMs - enteredMs) / 1_000;
    const perSec = seconds > 0 ? done / seconds : 0;
    const etaSec = perSec > 0 ? Math.max(0, total - done) / perSec : undefined;
    report({ phase, done, total, perSec, etaSec });
  };

  return {
    enter: (next, nextTotal = 0) => {
      phase = next;
      total = nextTotal;
      enteredMs = clock.elapsedMs();
      tell(0);
    },
    advance: (done) => {
      if (clock.elapsedMs() - reportedMs >= REPORT_EVERY_MS) tell(done);
    },
    phaseSec: () => (clock.elapsedMs() - enteredMs) / 1_000,
  };
}
