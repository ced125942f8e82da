import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { HostConfig } from '../../config/host-config.ts';
import type { SettingsFacts } from '../../host/settings/facts.ts';

/** What the formula of the settings goes by: of this machine, whatever this container may use of it. */
export async function settingsFacts(
  { major, pooler }: Pick<HostConfig, 'major' | 'pooler'>,
  volume: string,
): Promise<SettingsFacts> {
  const { blocks, bsize } = await statfs(volume);
  return {
    memoryBytes: totalmem(),
    cores: availableParallelism(),
    major,
    volumeBytes: blocks * bsize,
    pooled: pooler.enabled,
  };
}

/** Memory of this machine, and the size of its huge pages: 0 where the kernel has none. */
export async function memoryFacts(): Promise<{
  readonly memoryBytes: number;
  readonly pageBytes: number;
}> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const [, kib = '0'] = /^Hugepagesize: +(\d+) kB$/m.exec(text) ?? [];
  return { memoryBytes: totalmem(), pageBytes: Number(kib) * 1024 };
}
