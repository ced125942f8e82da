import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** An S3 API server of this test file's own, on the loopback. */
export interface MotoServer extends AsyncDisposable {
  readonly endpoint: string;
  /** Of its only process. */
  readonly pid: number;
}

/** How to get the server, for the titles of tests that were not run. */
export const GET_MOTO = 'pipx install "moto[server]"';
const PROGRAM = 'moto_server';
const START_DEADLINE_MS = 60_000;
const POLL_MS = 100;

/** Whether there is such a program at all: what can be asked each time that vitest starts. */
export function isMotoServerHere(): boolean {
  const folders = process.env['PATH']?.split(delimiter) ?? [];
  return folders.some((folder) => existsSync(join(folder, PROGRAM)));
}

/** Whether the server can be started. In CI it must: a test that never runs proves nothing. */
export function hasMotoServer(): boolean {
  const { error, status } = spawnSync(PROGRAM, ['--help'], { stdio: 'ignore' });
  if (error === undefined && status === 0) return true;
  if (process.env['CI'] === 'true') {
    throw new Error(`CI runs the S3 tests, which need moto_server: ${GET_MOTO}`);
  }
  return false;
}

/** Starts the server and waits until it answers. Dispose it to end its process. */
export async function startMotoServer(): Promise<MotoServer> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(PROGRAM, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  try {
    await untilAnswering(server, endpoint);
  } catch (error) {
    await stop(server);
    throw error;
  }
  return { endpoint, pid: server.pid ?? 0, [Symbol.asyncDispose]: async () => stop(server) };
}

async function untilAnswering(server: ChildProcess, endpoint: string): Promise<void> {
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  for (;;) {
    if (server.exitCode !== null) throw new Error(`moto_server ended with ${server.exitCode}`);
    try {
      const { ok } = await fetch(`${endpoint}/moto-api/`, { signal: deadline });
      if (ok) return;
    } catch (error) {
      if (deadline.aborted) throw error;
    }
    await sleep(POLL_MS, undefined, { signal: deadline });
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}
