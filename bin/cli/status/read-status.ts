import { readControlFile } from '../../../lib/core/adapters/postgres/control-data.ts';
import { PgWalDirectory } from '../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { findGaps } from '../../../lib/core/catalog/archive-gap.ts';
import { lastBackup } from '../../../lib/core/catalog/last-backup.ts';
import type { Catalogue } from '../../../lib/core/catalog/read-catalogue.ts';
import { recoverablePoint } from '../../../lib/core/catalog/recoverable-point.ts';
import { lineageFolder } from '../../../lib/core/contract/key-layout.ts';
import { toOpsError } from '../../../lib/core/errors/ops-error.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { formatLsn, type Lsn } from '../../../lib/core/wal/lsn.ts';
import type { Cli } from '../cli.ts';
import type { ServerOptions, StoreOptions } from '../common-options.ts';
import { assertSameSystem, type SystemHolder } from '../same-system.ts';
import type { Status } from '../status-lines.ts';

/** Options of `status` that say where to look. */
export interface StatusPlace extends StoreOptions, ServerOptions {
  readonly dataDir?: string;
}

/** A status, and why parts of it are not known. */
export interface StatusReading {
  readonly status: Status;
  readonly remarks: readonly string[];
}

/** Makes a status of what the store says, and adds what server and data directory say if they answer. */
export async function readStatus(
  place: StatusPlace,
  cli: Cli,
  lineage: Lineage,
  { archive, backups, windows, writerTimeline }: Catalogue,
): Promise<StatusReading> {
  const now = cli.clock.now();
  const point = recoverablePoint(windows, writerTimeline, now);
  const lag = point && (await ifKnown(cli, 'the lag', measureLag(place, cli, lineage, point.lsn)));
  const ready = await ifKnown(cli, 'what waits', countReady(place, cli, lineage));
  const { segments, storedBytes, newestAt } = archive;
  return {
    status: {
      cluster: place.cluster,
      lineage: lineageFolder(lineage.id),
      lastBackup: lastBackup(backups, archive, writerTimeline),
      recoverablePoint: point,
      archive: {
        lagBytes: lag?.value,
        readySegments: ready.value,
        segments,
        storedBytes,
        newestAt,
        gaps: findGaps(archive, backups, writerTimeline, now),
      },
    },
    remarks: [lag?.remark, ready.remark].filter((remark) => remark !== undefined),
  };
}

/** The keys of `holdfast status --json`, which programs rely on. */
export function statusDocument(status: Status): object {
  const { lastBackup: last, recoverablePoint: point } = status;
  return {
    ...status,
    lastBackup: last && { id: last.id, finishedAt: last.finishedAt, bytes: last.bytes },
    recoverablePoint: point && { ...point, lsn: formatLsn(point.lsn) },
    drill: null,
  };
}

/** How far the server is ahead of the store. */
async function measureLag(
  place: StatusPlace,
  cli: Cli,
  lineage: Lineage,
  recoverable: Lsn,
): Promise<number> {
  await using server = cli.openServer(place);
  const { systemIdentifier } = await server.describe({ signal: cli.signal });
  assertSameSystem({ name: 'the server that answers', systemIdentifier }, inStore(lineage));
  const lag = (await server.currentLsn({ signal: cli.signal })) - recoverable;
  return lag > 0n ? Number(lag) : 0;
}

/** How many segments wait in the data directory, if one was named. */
async function countReady(
  { dataDir }: StatusPlace,
  cli: Cli,
  lineage: Lineage,
): Promise<number | undefined> {
  if (dataDir === undefined) return undefined;
  const { systemIdentifier } = await readControlFile(dataDir, { signal: cli.signal });
  assertSameSystem({ name: dataDir, systemIdentifier }, inStore(lineage));
  return (await new PgWalDirectory(dataDir).ready({ signal: cli.signal })).length;
}

/** A server that is gone must not hide what the store has: why it is not known is a remark. */
async function ifKnown<T>(
  cli: Cli,
  what: string,
  finding: Promise<T>,
): Promise<{ readonly value?: T; readonly remark?: string }> {
  try {
    return { value: await finding };
  } catch (error) {
    cli.signal.throwIfAborted();
    return { remark: `${what} is not known: ${toOpsError(error).message}` };
  }
}

function inStore({ id }: Lineage): SystemHolder {
  return { name: 'the lineage in the store', systemIdentifier: id.systemIdentifier };
}
