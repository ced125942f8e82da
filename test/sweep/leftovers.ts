import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Inherited by whatever a command starts. */
export const MARK = 'HOLDFAST_SWEEP';

const POLL_MS = 50;
const GRACE_MS = 5_000;

/** Processes that a command left behind; what was told to end has a moment to do so. */
export async function leftProcesses(mark: string, target: string): Promise<readonly string[]> {
  const endMs = performance.now() + GRACE_MS;
  for (;;) {
    const left = await markedProcesses(mark, target);
    if (left.length === 0 || performance.now() > endMs) return left;
    await delay(POLL_MS);
  }
}

/** Processes whose working directory is `directory`, as a server's is. */
export async function processesIn(directory: string): Promise<readonly string[]> {
  return markedProcesses(undefined, directory);
}

/** By what they inherited, or, because a server overwrites that, by the directory they are in. */
async function markedProcesses(
  mark: string | undefined,
  target: string,
): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const pid of pids.filter((one) => Number(one) !== process.pid)) {
    const environ = await readFile(join('/proc', pid, 'environ'), 'utf8').catch(() => '');
    const cwd = await readlink(join('/proc', pid, 'cwd')).catch(() => '');
    const isMarked = mark !== undefined && environ.includes(`${MARK}=${mark}`);
    if (!isMarked && !cwd.startsWith(target)) continue;
    const stat = await readFile(join('/proc', pid, 'stat'), 'utf8').catch(() => 'Z');
    if (/\) Z /.test(stat)) continue;
    const line = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
    found.push(`process ${pid} was left behind: ${line.replaceAll('\0', ' ').trim()}`);
  }
  return found;
}
