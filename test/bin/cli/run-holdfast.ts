import { execa } from 'execa';
import type { CliProcess } from '../../../bin/cli/cli.ts';
import { main } from '../../../bin/cli/main.ts';
import { HOLDFAST, NODE } from '../../support/checkout.ts';
import { storeEnvironment } from '../../support/s3-environment.ts';
import type { FileOwner } from '../../../lib/core/adapters/system/file-owner.ts';

/** How a command line ended. */
export interface Ending {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start the program. */
export interface RunOptions {
  /** Variables besides those that any program needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Account to run as. @default - the test's own */
  readonly owner?: FileOwner | undefined;
  /** @default '/' */
  readonly cwd?: string;
}

/** What a developer may have set for any program; `HOLDFAST_…` and libpq's stay outside. */
const KEPT = new Set(['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'PGBIN']);

/** The environment of a program that knows of no store and no server, but could reach a test's. */
export function bareEnvironment(more: RunOptions['env'] = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (pair): pair is [string, string] => KEPT.has(pair[0]) && pair[1] !== undefined,
  );
  return { ...Object.fromEntries(kept), ...storeEnvironment(), ...more };
}

/** Runs the real program as a process of its own. */
export async function runHoldfast(
  words: readonly string[],
  { env = {}, owner, cwd = '/' }: RunOptions = {},
): Promise<Ending> {
  const { exitCode, stdout, stderr } = await execa(NODE, [HOLDFAST, ...words], {
    cwd,
    env: bareEnvironment(env),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    ...owner,
  });
  return { exitCode, stdout, stderr };
}

/** Runs the command line within this process, which is quicker. */
export async function runHere(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  const said = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof said): CliProcess['stdout'] =>
    ({
      write: (text: string) => {
        said[name] += text;
        return true;
      },
    }) as CliProcess['stdout'];
  const { signal } = new AbortController();
  const program = HOLDFAST;
  const io = { env, stdout: stream('stdout'), stderr: stream('stderr'), program, signal };
  return { exitCode: await main(words, io), ...said };
}

/** The code that a person was told, and whether a hint stands below it. */
export function failureOf({ exitCode, stderr }: Ending): {
  readonly exitCode: number | undefined;
  readonly code: string | undefined;
  readonly hasHint: boolean;
} {
  const [, code] = /^ERROR ([A-Z-]+): \S/m.exec(stderr) ?? [];
  return { exitCode, code, hasHint: /^HINT: \S/m.test(stderr) };
}
