import { readFile } from 'node:fs/promises';
import { archiveCommandTimes } from '../figures/archive-command-times.ts';
import { median } from '../figures/sample.ts';
import type { BenchCluster } from './bench-cluster.ts';

/**
 * Milliseconds that PostgreSQL waited for one archive_command during `work`: the median, from the log
 * of a server with `LOG_SETTINGS`.
 */
export async function timeArchiveCommands(
  cluster: BenchCluster,
  work: () => Promise<void>,
): Promise<number> {
  const { logFile } = cluster.server;
  await cluster.set('log_min_messages', 'debug3');
  const before = (await readFile(logFile)).length;
  await work();
  await cluster.set('log_min_messages', 'warning');
  const logged = (await readFile(logFile)).subarray(before).toString();
  const middle = median(archiveCommandTimes(logged));
  if (middle === undefined) throw new Error('the server has logged no archive_command');
  return middle;
}
