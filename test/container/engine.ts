import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { until } from '../support/until.ts';

/** A Docker engine of this run's own. */
export interface Engine extends AsyncDisposable {
  /** What `DOCKER_HOST` is set to. */
  readonly host: string;
  /** A process in the engine's network. */
  readonly pid: number;
}

/** How to get what these tests need, for the titles of tests that were not run. */
export const GET_ENGINE =
  'root, and apt-get install docker.io iptables iproute2 debootstrap util-linux';
const PROGRAMS = ['docker', 'dockerd', 'iptables', 'ip', 'debootstrap', 'unshare', 'setpriv'];
const START_MS = 60_000;
/**
 * Mounts, processes and networks are in namespaces of its own. However it ends, or the test does,
 * nothing runs on, nothing stays mounted, and the machine's own engine and firewall never notice.
 */
const CONFINED =
  'setpriv --pdeathsig=KILL unshare --mount --propagation=private --net --pid --fork --kill-child --mount-proc';
const START = 'ip link set lo up && mount -t tmpfs -o mode=0755 tmpfs /run && exec dockerd "$@"';

/** Whether an engine can be started here. In CI it must: a test that never runs proves nothing. */
export function hasEngine(): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const isHere = (name: string): boolean => folders.some((at) => existsSync(join(at, name)));
  const missing = PROGRAMS.filter((name) => !isHere(name));
  if (process.getuid?.() === 0 && missing.length === 0) return true;
  if (process.env['CI'] !== 'true') return false;
  throw new Error(`CI runs the image, which needs ${GET_ENGINE}; not here: ${missing.join(', ')}`);
}

/** Starts an engine that keeps all it has in `directory`. Disposing of it ends its containers too. */
export async function startEngine(directory: string): Promise<Engine> {
  const host = `unix://${join(directory, 'socket')}`;
  const log = await open(join(directory, 'engine.log'), 'w');
  const [program = '', ...words] = CONFINED.split(' ');
  const options = [
    `--host=${host}`,
    `--data-root=${join(directory, 'data')}`,
    `--exec-root=${join(directory, 'exec')}`,
    `--pidfile=${join(directory, 'pid')}`,
    '--exec-opt=native.cgroupdriver=cgroupfs',
  ];
  const engine = spawn(program, [...words, 'sh', '-c', START, 'sh', ...options], {
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const stop = async (): Promise<void> => {
    if (engine.exitCode !== null || engine.signalCode !== null) return;
    const ended = once(engine, 'exit');
    engine.kill('SIGKILL');
    await ended;
  };
  try {
    await until('the engine answers', async () => isAnswering(host), START_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, pid: engine.pid ?? 0, [Symbol.asyncDispose]: stop };
}

async function isAnswering(host: string): Promise<boolean> {
  const { exitCode } = await execa('docker', ['version'], {
    env: { DOCKER_HOST: host },
    reject: false,
  });
  return exitCode === 0;
}
