import { execa } from 'execa';
import { until } from '../support/until.ts';
import { LONG_MS } from './patience.ts';

/** A process as `ps` shows it. */
export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** Processes, but for this one, whose command line names `directory` or something in it. */
export async function processesIn(directory: string): Promise<readonly RunningProcess[]> {
  const { stdout } = await execa('ps', ['-A', '-ww', '-o', 'pid=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid = '', command = ''] = /^ *(\d+) (.*)$/.exec(line) ?? [];
    const isOurs = names(command, directory) && Number(pid) !== process.pid;
    return isOurs ? [{ pid: Number(pid), command }] : [];
  });
}

function names(command: string, directory: string): boolean {
  const [, ...behind] = command.split(directory);
  return behind.some((rest) => !/^[\w.-]/.test(rest));
}

/** Ends what {@link processesIn} finds; resolves when nothing is left of it. */
export async function endProcessesIn(
  directory: string,
  signal: 'SIGINT' | 'SIGKILL',
): Promise<void> {
  await until(
    `nothing runs in ${directory}`,
    async () => {
      const found = await processesIn(directory);
      for (const { pid } of found) send(pid, signal);
      return found.length === 0;
    },
    LONG_MS,
  );
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
