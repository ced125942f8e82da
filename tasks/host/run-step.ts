import { readFile } from 'node:fs/promises';
import { HostConfig } from '../../lib/core/config/host-config.ts';
import { HostRoleConfig } from '../../lib/core/config/host-role-config.ts';
import { loadConfig } from '../../lib/core/config/load-config.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import type { Log } from '../../lib/core/ports/log.ts';
import { logFailure, type TaskProcess } from '../shared/run-task.ts';

/** What a step of a host is given. */
export interface StepContext {
  readonly config: HostConfig;
  readonly word: HostRoleConfig['word'];
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the step is told to stop, and past its deadline. */
  readonly signal: AbortSignal;
}

/** Where a step prints what the host's scripts go on with. */
export type Print = (line: string) => void;

/** One step of a host: gives the one line that the host's scripts go on with. */
export type Step = (context: StepContext) => Promise<string>;

const DEADLINE_MS = 8 * 60_000;

/** Runs a step to its end: its line goes to stdout, its failure to the log. Gives the exit status. */
export async function runStep(
  name: string,
  step: Step,
  io: TaskProcess,
  print: Print = (line) => void process.stdout.write(`${line}\n`),
): Promise<number> {
  const stopping = new AbortController();
  using _stop = io.onStop((signalName) =>
    stopping.abort(new OpsError('ABORTED', `ended by ${signalName}`)),
  );
  const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(DEADLINE_MS)]);
  try {
    const { configFile, word } = loadConfig(HostRoleConfig, io.env);
    const config = parseConfig(configFile, await readFile(configFile, 'utf8'));
    print(await step({ config, word, clock: io.clock, log: io.log, signal }));
    return 0;
  } catch (error) {
    return logFailure(name, error, io.log);
  }
}

function parseConfig(file: string, text: string): HostConfig {
  const parsed = HostConfig.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new OpsError('CONFIG-INVALID', `${file} is no host’s: ${faults.join('; ')}`, {
    cause: parsed.error,
    hint: 'it is the value of the parameter host-config: deploy the host’s stack again',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
