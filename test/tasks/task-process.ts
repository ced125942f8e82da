import type { TaskProcess } from '../../tasks/shared/run-task.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { recordingLog, type RecordingLog } from '../support/recording-log.ts';
import { recordingTelemetry, type RecordingTelemetry } from '../support/recording-telemetry.ts';

/** A process of a test's own: nothing of it is real. */
export interface FakeTaskProcess {
  readonly io: TaskProcess;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly telemetry: RecordingTelemetry;
  /** Whose metrics were asked for. */
  readonly subjects: readonly unknown[];
  /** Statuses with which it was ended at once. */
  readonly exits: readonly number[];
  /** Sends a signal to whoever listens; gives how many did. */
  readonly signal: (name: string) => number;
}

/** A process with these environment variables. */
export function fakeTaskProcess(env: TaskProcess['env']): FakeTaskProcess {
  const clock = fakeClock();
  const log = recordingLog();
  const telemetry = recordingTelemetry();
  const subjects: unknown[] = [];
  const exits: number[] = [];
  const listeners = new Set<(name: string) => void>();
  return {
    clock,
    log,
    telemetry,
    subjects,
    exits,
    signal: (name) => {
      for (const stop of listeners) stop(name);
      return listeners.size;
    },
    io: {
      env,
      clock,
      log,
      telemetry: (subject) => {
        subjects.push(subject);
        return telemetry;
      },
      onStop: (stop) => {
        listeners.add(stop);
        return { [Symbol.dispose]: () => void listeners.delete(stop) };
      },
      exit: (status) => void exits.push(status),
    },
  };
}
