import { statfs } from 'node:fs/promises';
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
