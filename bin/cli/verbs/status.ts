import type { Command } from 'commander';
import { PgWalDirectory } from '../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { findGaps } from '../../../lib/core/catalog/archive-gap.ts';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { listBackups } from '../../../lib/core/catalog/backup-listing.ts';
import { recoverablePoint } from '../../../lib/core/catalog/recoverable-point.ts';
import { findWindows } from '../../../lib/core/catalog/recovery-window.ts';
import { lineageFolder } from '../../../lib/core/contract/key-layout.ts';
import { Env } from '../../../lib/core/contract/environment.ts';
import { toOpsError } from '../../../lib/core/errors/ops-error.ts';
import { currentWriter } from '../../../lib/core/store/writer-epoch.ts';
import { formatLsn, type Lsn } from '../../../lib/core/wal/lsn.ts';
import type { Cli } from '../cli.ts';
import {
  type ServerOptions,
  type StoreOptions,
  withLineage,
  withServer,
  withStore,
} from '../common-options.ts';
import { formatBytes, formatSeconds, formatTime } from '../format.ts';
import type { Action, RunAction } from '../verb.ts';

interface StatusOptions extends StoreOptions, ServerOptions {
  readonly dataDir?: string;
}

/** `holdfast status`. */
export function addStatusVerb(program: Command, run: RunAction): Command {
  return withServer(withLineage(withStore(program.command('status'))))
    .description('how fresh the archive is, what lags, and what is missing')
    .option(
      '--data-dir <directory>',
      "the server's data directory, to count what waits",
      process.env[Env.DATA_DIR],
    )
    .addHelpText(
      'after',
      '\nThe store is enough; with a server that answers, the lag is measured too.',
    )
    .action(run(statusVerb));
}

const statusVerb: Action<StatusOptions> = async (options, cli) => {
  const { store, lineage } = await cli.openLineage(options);
  const { signal } = cli;
  const listing = await listArchive(store, lineage, { signal });
  const { backups } = await listBackups(store, lineage, { signal });
  const windows = await findWindows({ store, lineage, listing }, backups, { signal });
  const writer = await currentWriter(store, lineage, { signal });
  const now = cli.clock.now();
  const point = recoverablePoint(windows, writer?.timeline ?? 1, now);
  const last = backups.at(-1);
  const gaps = findGaps(listing, backups, now);
  const lagBytes = await measureLag(options, cli, point?.lsn);
  const readySegments =
    options.dataDir === undefined
      ? undefined
      : (await new PgWalDirectory(options.dataDir).ready({ signal })).length;
  const document = {
    cluster: options.cluster,
    lineage: lineageFolder(lineage.id),
    lastBackup: last && { id: last.id, finishedAt: last.finishedAt, bytes: last.bytes },
    recoverablePoint: point && { ...point, lsn: formatLsn(point.lsn) },
    archive: {
      lagBytes,
      readySegments,
      segments: listing.segments,
      storedBytes: listing.storedBytes,
      gaps,
    },
    drill: null,
  };
  cli.output.result(document, [
    `cluster            ${options.cluster}, lineage ${document.lineage}`,
    `last backup        ${last === undefined ? 'NONE' : `${last.id}, ${formatTime(last.finishedAt)}`}`,
    `recoverable point  ${point === undefined ? 'NONE: nothing can be recovered' : `${formatTime(point.time)} (${formatSeconds(point.ageSec)} ago), ${formatLsn(point.lsn)}`}`,
    `archive            ${listing.segments} segments, ${formatBytes(listing.storedBytes)}, ${gaps.length} gaps`,
    `waiting            ${readySegments ?? 'unknown'} segments, lag ${lagBytes === undefined ? 'unknown' : formatBytes(lagBytes)}`,
    ...gaps.map((gap) => `GAP                ${gap.missing} segments after ${gap.afterSegment}`),
  ]);
  return 0;
};

/** How far the server is ahead of the store; unknown when it does not answer, and then why is said. */
async function measureLag(
  options: StatusOptions,
  cli: Cli,
  recoverable: Lsn | undefined,
): Promise<number | undefined> {
  if (recoverable === undefined) return undefined;
  await using server = cli.openServer(options);
  try {
    const lag = (await server.currentLsn({ signal: cli.signal })) - recoverable;
    return lag > 0n ? Number(lag) : 0;
  } catch (error) {
    cli.output.note(`the lag is not measured: ${toOpsError(error).message}`);
    return undefined;
  }
}
