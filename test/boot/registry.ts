import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

/** A registry of container images, on the loopback. */
export interface Registry extends AsyncDisposable {
  readonly port: number;
  stop(): Promise<void>;
}

const PROGRAM = 'docker-registry';
const START_MS = 30_000;

/**
 * Starts a registry that keeps its images in `folder`.
 *
 * @param network - process in whose network it is, as seen from there on the same port. @default - this one's
 */
export async function startRegistry(folder: string, network?: number): Promise<Registry> {
  const port = await freePort();
  const config = join(folder, 'config.yml');
  await writeFile(
    config,
    [
      'version: 0.1',
      'log: { level: error }',
      `storage: { filesystem: { rootdirectory: ${join(folder, 'images')} } }`,
      `http: { addr: "127.0.0.1:${port}" }`,
      '',
    ].join('\n'),
  );
  const enter = network === undefined ? [] : ['nsenter', `--net=/proc/${network}/ns/net`];
  const words = ['--pdeathsig=KILL', ...enter, PROGRAM, 'serve', config];
  const server = spawn('setpriv', words, { stdio: 'ignore' });
  const stop = async (): Promise<void> => end(server);
  try {
    const look = ['--silent', '--fail', `http://127.0.0.1:${port}/v2/`];
    const [curl = '', ...rest] = [...enter, 'curl', ...look];
    const answers = async (): Promise<boolean> =>
      (await execa(curl, rest, { reject: false })).exitCode === 0;
    await until('the registry answers', answers, START_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop, [Symbol.asyncDispose]: stop };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}
