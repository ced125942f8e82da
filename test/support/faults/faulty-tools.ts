import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Ways in which a tool that a script calls may go wrong, each with what a shell does in its place. */
export const TOOL_FAULTS = {
  'is killed': 'kill -9 $$',
  'cannot be found': 'exit 127',
  fails: 'exit 1',
  'does nothing, and says that it did': 'exit 0',
  'prints what nobody can read': "printf '\\001 $(exit 0) x[0] 08\\n'",
} as const;

/** A search path on which `tool` goes wrong before all others are found. */
export async function pathWith(folder: string, tool: string, script: string): Promise<string> {
  const programs = join(folder, 'faulty-tools');
  await mkdir(programs, { recursive: true });
  const path = join(programs, tool);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  await chmod(programs, 0o755);
  return [programs, process.env['PATH'] ?? ''].join(delimiter);
}
