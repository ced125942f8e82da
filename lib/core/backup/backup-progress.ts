import type { Clock } from '../ports/clock.ts';

/** What a backup is doing, in the order it does it. */
export type BackupPhase =
  | 'checking the archive'
  | 'waiting for a checkpoint'
  | 'copying'
  | 'waiting for WAL'
  | 'writing the record';

/** How far a backup has come. */
export interface BackupProgress {
  readonly phase: BackupPhase;
  /** Plain bytes copied. */
  readonly doneBytes: number;
  /** The server's estimate; unknown at first, and when it does not make one. */
  readonly totalBytes: number | undefined;
  /** Mean since the first byte. */
  readonly bytesPerSec: number;
  /** Time left to copy the rest; unknown without a total. */
  readonly etaSec: number | undefined;
}

/** Keeps the score of a backup and tells it to whoever watches. */
export interface ProgressMeter {
  phase(): BackupPhase;
  enter(phase: BackupPhase): void;
  add(bytes: number): void;
  expect(totalBytes: number): void;
}

/** Between two reports of the same phase. */
const REPORT_EVERY_MS = 500;

/** A meter that reports every change of phase, and within a phase at most twice a second. */
export function progressMeter(
  clock: Clock,
  report: (progress: BackupProgress) => void,
): ProgressMeter {
  let phase: BackupPhase = 'checking the archive';
  let doneBytes = 0;
  let totalBytes: number | undefined;
  let firstByteMs = 0;
  let reportedMs = Number.NEGATIVE_INFINITY;

  const tell = (nowMs: number): void => {
    reportedMs = nowMs;
    report({ phase, doneBytes, ...outlook(doneBytes, totalBytes, nowMs - firstByteMs) });
  };
  const tellSometimes = (): void => {
    const nowMs = clock.elapsedMs();
    if (nowMs - reportedMs >= REPORT_EVERY_MS) tell(nowMs);
  };

  return {
    phase: () => phase,
    enter: (next) => {
      if (next === phase && reportedMs !== Number.NEGATIVE_INFINITY) return;
      phase = next;
      tell(clock.elapsedMs());
    },
    add: (bytes) => {
      if (doneBytes === 0) firstByteMs = clock.elapsedMs();
      doneBytes += bytes;
      tellSometimes();
    },
    expect: (bytes) => {
      totalBytes = bytes;
      tellSometimes();
    },
  };
}

function outlook(
  doneBytes: number,
  totalBytes: number | undefined,
  elapsedMs: number,
): Pick<BackupProgress, 'totalBytes' | 'bytesPerSec' | 'etaSec'> {
  const bytesPerSec = doneBytes === 0 || elapsedMs <= 0 ? 0 : (doneBytes / elapsedMs) * 1000;
  // The server's estimate is made before the copy, while files still grow.
  const total = totalBytes === undefined ? undefined : Math.max(totalBytes, doneBytes);
  const etaSec =
    total === undefined || bytesPerSec === 0 ? undefined : (total - doneBytes) / bytesPerSec;
  return { totalBytes: total, bytesPerSec, etaSec };
}
