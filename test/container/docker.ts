import { execa } from 'execa';
import { inject } from 'vitest';

/** How a command ended. */
export interface Ending {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Gives what `docker` prints; fails when it does. */
export async function docker(words: readonly string[], input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await tryDocker(words, input);
  if (exitCode === 0) return stdout;
  throw new Error(`docker ${words.join(' ')}: ${exitCode}: ${stderr}${stdout}`);
}

/** Runs `docker`, whatever becomes of it. */
export async function tryDocker(words: readonly string[], input = ''): Promise<Ending> {
  const { exitCode, stdout, stderr } = await execa('docker', words, {
    env: { DOCKER_HOST: inject('dockerHost') },
    input,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

/** What a container has logged since a time. @param since - as Docker writes it; else all. */
export async function logsOf(container: string, since?: string): Promise<string> {
  const from = since === undefined ? [] : ['--since', since];
  const { stdout, stderr } = await tryDocker(['logs', ...from, container]);
  return `${stdout}${stderr}`;
}

/** How a container ended: 137 when it was killed, because it did not stop in its time. */
export async function exitStatusOf(container: string): Promise<string> {
  return docker(['inspect', '--format', '{{.State.ExitCode}}', container]);
}
