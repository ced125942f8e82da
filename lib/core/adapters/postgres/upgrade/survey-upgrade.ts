import { lstat, readdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { UpgradeFacts } from '../../../host/upgrade/plan-upgrade.ts';
import { upgradePaths } from '../../../host/upgrade/upgrade-journal.ts';
import type { CallOptions } from '../../../ports/object-store.ts';
import { look } from '../../restore/in-place/move-directory.ts';
import { PgWalDirectory } from '../../wal/pg-wal-directory.ts';
import { readControlFile } from '../control-data.ts';

/** The new cluster begins with WAL of its own. */
const NOT_COPIED = 'pg_wal';

/** Looks at a stopped cluster and at what lies beside it; changes nothing. */
export async function surveyUpgrade(
  dataDirectory: string,
  { to, signal }: CallOptions & { readonly to: number },
): Promise<UpgradeFacts> {
  const control = await readControlFile(dataDirectory, { signal });
  const { made, kept } = upgradePaths(dataDirectory, { from: control.major, to });
  const beside = [made, kept];
  const scene = await look(beside);
  const { bavail, bsize } = await statfs(dirname(dataDirectory));
  const waiting = await new PgWalDirectory(dataDirectory).ready({ signal });
  return {
    dataDirectory,
    control,
    taken: beside.filter((path) => scene(path) !== 'absent'),
    dataBytes: await bytesBelow(dataDirectory, signal),
    freeBytes: bavail * bsize,
    waitingSegments: waiting.length,
  };
}

/** Links are not followed: what lies behind them is on a disk of its own, or counted where it is. */
async function bytesBelow(directory: string, signal: AbortSignal | undefined): Promise<number> {
  signal?.throwIfAborted();
  let bytes = 0;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name === NOT_COPIED) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) bytes += await bytesBelow(path, signal);
    else if (entry.isFile()) bytes += (await lstat(path)).size;
  }
  return bytes;
}
