import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { OpsError } from '../../errors/ops-error.ts';
import type { RunningServer, ServerExit, StartOptions } from '../../ports/postgres-instance.ts';
import { dataDirectoryOwner } from './data-directory-owner.ts';
import { toolProcess } from './run-tool.ts';

const STOP_TIMEOUT_MS = 60_000;
const KILL_TIMEOUT_MS = 30_000;
const LOG_TAIL_BYTES = 8192;
const OWNER_ONLY = 0o600;

/**
 * Starts `postgres` as the leader of its own process group, so that Ctrl-C on the command line does
 * not reach it, with its output appended to the log file.
 *
 * Its processes inherit one end of a pipe that nobody writes to: Node sees the other end close only
 * when the last of them is gone. That needs no list of processes, and a dead process that nobody
 * reaps does not count.
 *
 * @throws {@link OpsError} as {@link PostgresInstance.start}.
 */
export async function startServerProcess(
  postgres: string,
  options: StartOptions,
): Promise<RunningServer> {
  options.signal?.throwIfAborted();
  const owner = await dataDirectoryOwner(options.dataDirectory);
  const log = await open(options.logFile, 'a', OWNER_ONLY);
  try {
    const child = spawn(postgres, serverArguments(options), {
      ...toolProcess({ owner }),
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    });
    const server = runningServer(child, options.logFile);
    await spawned(child, postgres);
    return server;
  } finally {
    await log.close();
  }
}

/** Arguments of `postgres`; settings given here stand above every file. */
export function serverArguments(
  options: Pick<StartOptions, 'dataDirectory' | 'configFile' | 'settings'>,
): readonly string[] {
  const file = options.configFile === undefined ? [] : [`--config-file=${options.configFile}`];
  const settings = Object.entries(options.settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  return ['-D', options.dataDirectory, ...file, ...settings];
}

function runningServer(child: ChildProcess, logFile: string): RunningServer {
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (exitCode, signal) =>
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }),
    );
  });
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  // A process id may be given to another process once this one has ended.
  const send = (signal: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  };
  const kill = async (): Promise<void> => {
    send('SIGKILL');
    if (await settlesWithin(gone, KILL_TIMEOUT_MS)) return;
    throw new OpsError('PG-TIMEOUT', `processes of the killed server ${child.pid} still run`, {
      hint: `see them with "ps -ef | grep postgres"; their log is ${logFile}`,
    });
  };
  return {
    // Only a process that failed to start has no id, and then nobody gets this record.
    pid: child.pid ?? 0,
    exited,
    kill,
    logTail: async (bytes = LOG_TAIL_BYTES) => readTail(logFile, bytes),
    stop: async (mode, timeoutMs = STOP_TIMEOUT_MS) => {
      send(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      if (await settlesWithin(exited, timeoutMs)) return;
      await kill();
      throw new OpsError('PG-TIMEOUT', `the server did not stop within ${timeoutMs / 1000} s`, {
        hint: `it was killed and recovers from its WAL at the next start; its log is ${logFile}`,
      });
    },
  };
}

async function spawned(child: ChildProcess, postgres: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new OpsError('PG-FAILED', `${postgres} could not be started`, {
      cause,
      hint: 'can the owner of the data directory execute it?',
    });
  }
}

async function readTail(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}

async function settlesWithin(event: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([event.then(() => true), late]);
  timer.abort();
  return inTime;
}
