import { execa } from 'execa';
import type { FileOwner } from '../../lib/core/adapters/system/file-owner.ts';

/** One command of a tool, as an operator would give it. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a command as PostgreSQL's account to its end; gives what it printed. Rejects when it fails. */
export async function runCommand(
  { program, args, environment = {} }: Command,
  owner: FileOwner | undefined,
  signal: AbortSignal,
): Promise<string> {
  const { stdout } = await execa(program, args, {
    cwd: '/',
    env: environment,
    stdin: 'ignore',
    cancelSignal: signal,
    ...owner,
  });
  return stdout;
}
