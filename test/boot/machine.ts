import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Ending } from '../container/docker.ts';
import { until } from '../support/until.ts';
import type { Cloud } from './cloud.ts';

/** A machine that is on. */
export interface Machine extends AsyncDisposable {
  /** Runs a command on it as root. */
  run(words: readonly string[], input?: string): Promise<Ending>;
  /** Gives what a command prints; fails when it does. */
  get(words: readonly string[], input?: string): Promise<string>;
  /** Shuts it down in order. */
  shutDown(): Promise<void>;
  /** As when its power fails. */
  cut(): Promise<void>;
}

/** What a machine is made of. */
export interface MachineParts {
  /** Folder of its root volume, which it keeps from one start to the next. */
  readonly folder: string;
  readonly cloud: Cloud;
  readonly ports: readonly number[];
}

const HERE = import.meta.dirname;
const ROOT_BYTES = 12 * 1024 ** 3;
const START_MS = 60_000;
const SHUTDOWN_MS = 120_000;
/** SIGRTMIN+4: to systemd the wish to power off. */
const POWER_OFF = '38';
const CONFINED =
  'setpriv --pdeathsig=KILL unshare --mount --propagation=private --net --pid --uts --ipc --cgroup --fork --kill-child --mount-proc sh';

/** Makes the root volume of a machine that was never on. */
export async function makeMachineDisk(folder: string): Promise<void> {
  const disk = join(folder, 'root.img');
  const file = await open(disk, 'wx');
  await file.truncate(ROOT_BYTES);
  await file.close();
  await execa('mkfs.ext4', ['-q', '-O', '^has_journal', disk]);
}

/** Switches a machine on. Disposing of it ends it as a power cut does. */
export async function startMachine({ folder, cloud, ports }: MachineParts): Promise<Machine> {
  const log = await open(join(folder, 'machine.log'), 'a');
  const [program = '', ...words] = CONFINED.split(' ');
  const parts = [join(folder, 'root.img'), cloud.folder, ports.join(' '), process.execPath, HERE];
  const machine = spawn(program, [...words, join(HERE, 'machine.sh'), ...parts], {
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const cut = async (): Promise<void> => end(machine, 'SIGKILL');
  try {
    const pid = await until('systemd runs', async () => systemdOf(machine), START_MS);
    const enter = ['--target', pid, '--all', '--'];
    const run = async (command: readonly string[], input = ''): Promise<Ending> => {
      const { exitCode, stdout, stderr } = await execa('nsenter', [...enter, ...command], {
        input,
        reject: false,
        extendEnv: false,
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      });
      return { exitCode, stdout, stderr };
    };
    await until(
      'systemd answers',
      async () => (await run(['systemctl', 'show', '--property=Version'])).exitCode === 0,
      START_MS,
    );
    return {
      run,
      get: async (command, input) => {
        const { exitCode, stdout, stderr } = await run(command, input);
        if (exitCode === 0) return stdout;
        throw new Error(`${command.join(' ')}: ${exitCode}: ${stderr}${stdout}`);
      },
      shutDown: async () => {
        const ended = once(machine, 'exit', { signal: AbortSignal.timeout(SHUTDOWN_MS) });
        await execa('kill', ['-s', POWER_OFF, pid]);
        await ended;
      },
      cut,
      [Symbol.asyncDispose]: cut,
    };
  } catch (error) {
    await cut();
    throw new Error(await readFile(join(folder, 'machine.log'), 'utf8'), { cause: error });
  }
}

/** Process id of a machine's first process, as it is seen from outside. */
async function systemdOf(machine: ChildProcess): Promise<string | undefined> {
  if (machine.exitCode !== null) throw new Error(`the machine ended with ${machine.exitCode}`);
  const children = `/proc/${machine.pid}/task/${machine.pid}/children`;
  const [child] = (await readFile(children, 'utf8')).split(' ');
  if (child === undefined || child === '') return undefined;
  return (await readFile(`/proc/${child}/comm`, 'utf8')).trim() === 'systemd' ? child : undefined;
}

async function end(machine: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (machine.exitCode !== null || machine.signalCode !== null) return;
  const ended = once(machine, 'exit');
  machine.kill(signal);
  await ended;
}
