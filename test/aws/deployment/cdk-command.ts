import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { execa } from 'execa';

/** How `cdk synth` ended. */
export interface SynthEnding {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** This checkout. */
export const CHECKOUT = resolve(import.meta.dirname, '../../..');
/** All that a machine needs besides the project: Node and npm, of which npx starts a shell. */
const PROGRAMS = ['node', 'npx', 'sh'];
const NO_NETWORK = ['--user', '--map-root-user', '--net'];
/** Whether a process can be cut off from every network here. */
export const CAN_CUT_NETWORK = spawnSync('unshare', [...NO_NETWORK, 'true']).status === 0;
const DEADLINE_MS = 200_000;

/**
 * Runs `npx cdk synth` as somebody does who has just cloned the project: with the machine's own Node,
 * no credentials, no docker and, where the system allows, no network.
 *
 * @param folder - a folder for what the command needs: the programs it finds, and its home.
 * @param checkout - @default this one
 */
export async function runCdkSynth(
  folder: string,
  words: readonly string[],
  checkout: string = CHECKOUT,
): Promise<SynthEnding> {
  const programs = join(folder, 'programs');
  const home = join(folder, 'home');
  mkdirSync(programs);
  mkdirSync(home);
  for (const name of PROGRAMS) symlinkSync(findProgram(name), join(programs, name));
  const npx = join(programs, 'npx');
  const [program, first] = CAN_CUT_NETWORK
    ? [findProgram('unshare'), [...NO_NETWORK, npx]]
    : [npx, []];
  const all = [...first, 'cdk', 'synth', '--quiet', ...words];
  const { exitCode, stdout, stderr } = await execa(program, all, {
    cwd: checkout,
    env: { PATH: programs, HOME: home },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: DEADLINE_MS,
  });
  return { exitCode, stdout, stderr };
}

/** Where the machine has it: npm puts the project's own programs before those. */
function findProgram(name: string): string {
  const folders = process.env['PATH']?.split(delimiter) ?? [];
  const found = folders
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not on the PATH`);
  return found;
}
