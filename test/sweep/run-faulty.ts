import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { isOpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import { NODE } from '../support/checkout.ts';
import { createFaultSwitch, type Fault, type Tally } from '../support/faults/fault-switch.ts';
import { installFileFaults } from '../support/faults/file-faults.ts';
import { installProgramFaults } from '../support/faults/program-faults.ts';
import { installSessionFaults } from '../support/faults/session-faults.ts';
import { type CommandName, runCommand } from './commands.ts';
import { MARK } from './leftovers.ts';
import type { Place } from './place.ts';

/** How a command ended. */
export interface CommandEnding {
  /** What it came to; `undefined` when it failed. */
  readonly answer: string | undefined;
  /** Its code; `KILLED`. */
  readonly code: string | undefined;
  readonly message: string;
  readonly tally: Tally;
}

/** Runs commands in this process, whose calls may be made to fail. */
export interface FaultyRunner {
  run(command: CommandName, place: Place, fault: Fault | undefined): Promise<CommandEnding>;
  /**
   * Paths that a command opened and left open; each is told once. Reads that were under way beside the
   * one that failed end by themselves, a moment after the command.
   */
  leftOpen(): Promise<readonly string[]>;
}

const PROCESS = fileURLToPath(new URL('faulty-process.ts', import.meta.url));
/** Beyond any deadline of a program that the engine starts. */
const PATIENCE_MS = 75_000;
/** For what was under way when a command ended. */
const AFTERMATH_MS = 2_000;
const LOOK_AGAIN_MS = 10;

/** Puts itself between the engine and the system, for the files below `root`. */
export function createFaultyRunner(root: string): FaultyRunner {
  const faults = createFaultSwitch();
  const files = installFileFaults(faults, root);
  installProgramFaults(faults);
  installSessionFaults(faults);
  return {
    leftOpen: async () => {
      for (let waitedMs = 0; files.openNow() > 0 && waitedMs < AFTERMATH_MS;) {
        await delay(LOOK_AGAIN_MS);
        waitedMs += LOOK_AGAIN_MS;
      }
      return files.leftOpen();
    },
    run: async (command, place, fault) => {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      faults.arm(fault);
      try {
        const answer = await runCommand(command, place, faults, signal);
        return { answer, code: undefined, message: '', tally: faults.disarm() };
      } catch (error) {
        const tally = faults.disarm();
        const { code, message } = toOpsError(error);
        const text = isOpsError(error) ? message : String(error instanceof Error && error.stack);
        return { answer: undefined, code: signal.aborted ? 'HANGS' : code, message: text, tally };
      }
    },
  };
}

/** Runs a command in a process of its own that is killed by its fault. */
export async function runKilled(
  command: CommandName,
  place: Place,
  fault: Fault,
  mark: string,
): Promise<CommandEnding> {
  const { signal, stdout, stderr } = await execa(
    NODE,
    ['--max-semi-space-size=8', PROCESS, JSON.stringify({ command, place, fault })],
    { cwd: '/', env: { [MARK]: mark }, reject: false, stdin: 'ignore', timeout: PATIENCE_MS },
  );
  const isMet = signal === 'SIGKILL';
  const tally: Tally = { calls: new Map(), isMet };
  if (isMet) return { answer: undefined, code: 'KILLED', message: '', tally };
  return { answer: stdout === '' ? undefined : stdout, code: undefined, message: stderr, tally };
}
