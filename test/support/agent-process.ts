import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { FileOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { NODE } from './checkout.ts';
import { until } from './until.ts';

/** One line of the agent's log. */
export interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly timestamp: string;
  readonly [field: string]: unknown;
}

/** An agent in a process of its own. */
export interface AgentProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it has logged so far, without its last words to the terminal. */
  log(): Promise<readonly LogLine[]>;
  /** Waits for a line of its log. */
  logged(event: string, fields?: Readonly<Record<string, unknown>>): Promise<LogLine>;
  /** Settles with its exit status; `undefined` when a signal ended it. */
  readonly exited: Promise<number | undefined>;
  /** SIGTERM; gives the exit status. */
  stop(): Promise<number | undefined>;
  /** SIGKILL, as the kernel's out-of-memory killer would. */
  killNine(): Promise<void>;
}

/** How to start an {@link AgentProcess}. */
export interface AgentStart {
  /** Script and arguments for Node. */
  readonly words: readonly string[];
  readonly logFile: string;
  /** Account to run as. */
  readonly owner?: FileOwner | undefined;
  readonly environment?: Readonly<Record<string, string>>;
}

const STOP_MS = 20_000;

/** Starts an agent with its log in `logFile`. Disposing it kills it. */
export function startAgentProcess({
  words,
  logFile,
  owner,
  environment,
}: AgentStart): AgentProcess {
  const child = execa(NODE, words, {
    stdio: ['ignore', 'ignore', { file: logFile }],
    cwd: '/',
    reject: false,
    forceKillAfterDelay: STOP_MS,
    ...owner,
    ...(environment && { env: environment }),
  });
  const exited = child.then(({ exitCode }) => exitCode);
  const log = async (): Promise<readonly LogLine[]> => {
    const text = await readFile(logFile, 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  };
  const killNine = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    log,
    logged: async (event, fields = {}) =>
      until(`the agent logs ${event} ${JSON.stringify(fields)}`, async () =>
        (await log()).find(
          (line) =>
            line.event === event &&
            Object.entries(fields).every(([name, value]) => line[name] === value),
        ),
      ),
    exited,
    stop: async () => {
      child.kill('SIGTERM');
      return exited;
    },
    killNine,
    [Symbol.asyncDispose]: killNine,
  };
}
