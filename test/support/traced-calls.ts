import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { FileOwner } from '../../lib/core/adapters/system/file-owner.ts';

/** How to get the program, for the titles of tests that were not run. */
export const GET_STRACE = 'apt-get install strace';

/** Whether system calls can be watched. In CI they must: a test that never runs proves nothing. */
export function hasStrace(): boolean {
  const { error, status } = spawnSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
  if (error === undefined && status === 0) return true;
  if (process.env['CI'] === 'true') throw new Error(`CI watches system calls: ${GET_STRACE}`);
  return false;
}

/** A system call that succeeded, as strace writes it, paths of open files included. */
export type TracedCall = string;

/** How a program is run. */
export interface TraceOptions {
  /** Is made, and keeps what strace wrote. */
  readonly folder: string;
  readonly cwd?: string;
  readonly owner?: FileOwner | undefined;
}

/** Runs a program, which must succeed, and gives those of its calls named in `calls`, in order. */
export async function traceCalls(
  words: readonly string[],
  calls: readonly string[],
  { folder, cwd = '/', owner }: TraceOptions,
): Promise<readonly TracedCall[]> {
  await mkdir(folder, { mode: 0o777 });
  if (owner !== undefined) await execa('chown', [`${owner.uid}`, folder]);
  // A file for each thread, or a call of one would cut that of another in two.
  const flags = ['-ff', '-ttt', '-y', '-s', '4096', '-e', `trace=${calls.join(',')}`];
  await execa('strace', [...flags, '-o', join(folder, 'calls'), ...words], { cwd, ...owner });
  const lines: string[] = [];
  for (const name of await readdir(folder)) {
    lines.push(...(await readFile(join(folder, name), 'utf8')).split('\n'));
  }
  return lines
    .filter((line) => /^\d+\.\d+ \w+\(.* = \d+/.test(line))
    .toSorted()
    .map((line) => line.slice(line.indexOf(' ') + 1));
}
