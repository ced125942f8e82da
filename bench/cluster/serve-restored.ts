import { setTimeout as sleep } from 'node:timers/promises';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type { Bench } from '../rows/row.ts';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 1_800_000;

/**
 * Starts a server on a restored data directory, lets it replay until it has been promoted, and stops it.
 *
 * @returns seconds from its start until it accepts changes.
 */
export async function replayToEnd(
  { instance, signal }: Pick<Bench, 'instance' | 'signal'>,
  dataDirectory: string,
): Promise<number> {
  const startedMs = performance.now();
  await using server = await attachServer(instance, {
    dataDirectory,
    logFile: `${dataDirectory}.log`,
    // A clone: what it writes from now on belongs into nobody's archive.
    settings: { archive_mode: 'off' },
    readyTimeoutMs: PATIENCE_MS,
  });
  const inRecovery = async (): Promise<boolean> =>
    (await server.run('psql', ['-XAtqc', 'SELECT pg_is_in_recovery()'])).trim() === 't';
  while (await inRecovery()) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error('the replay does not end');
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  return (performance.now() - startedMs) / 1_000;
}
