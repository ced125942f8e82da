import { readFile } from 'node:fs/promises';
import type { Memory } from '../../ports/memory.ts';
import { errorCodeOf } from './file-error.ts';

const MEMINFO = '/proc/meminfo';

/**
 * The memory of this machine, as its kernel tells: a container sees that of its host.
 *
 * @see https://www.kernel.org/doc/html/latest/filesystems/proc.html#meminfo
 */
export function machineMemory(path = MEMINFO): Memory {
  return {
    availablePercent: async ({ signal } = {}) => {
      const text = await readIfThere(path, signal);
      const [available, total] = [kibOf(text, 'MemAvailable'), kibOf(text, 'MemTotal')];
      if (available === undefined || total === undefined || total === 0) return undefined;
      return Math.min(100, (100 * available) / total);
    },
  };
}

/** Empty where there is no such file: not every kernel has one. */
async function readIfThere(path: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function kibOf(text: string, name: string): number | undefined {
  const [, kib] = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text) ?? [];
  return kib === undefined ? undefined : Number(kib);
}
