import { readCatalogue } from '../../../lib/core/catalog/read-catalogue.ts';
import type { Command } from 'commander';
import { readControlFile } from '../../../lib/core/adapters/postgres/control-data.ts';
import { PgWalDirectory } from '../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { findGaps } from '../../../lib/core/catalog/archive-gap.ts';
import { recoverablePoint } from '../../../lib/core/catalog/recoverable-point.ts';
import { lineageFolder } from '../../../lib/core/contract/key-layout.ts';
import { toOpsError } from '../../../lib/core/errors/ops-error.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { formatLsn, type Lsn } from '../../../lib/core/wal/lsn.ts';
import type { Cli } from '../cli.ts';
import {
  type ServerOptions,
  type StoreOptions,
  withLineage,
  withOptionalDataDirectory,
  withServer,
  withStore,
} from '../common-options.ts';
import { assertSameSystem, type SystemHolder } from '../same-system.ts';
import { type Status, statusLines } from '../status-lines.ts';
import type { Action, RunAction } from '../verb.ts';

interface StatusOptions extends StoreOptions, ServerOptions {
  readonly dataDir?: string;
}

/** `holdfast status`. */
export function addStatusVerb(program: Command, run: RunAction): Command {
  return withOptionalDataDirectory(
    withServer(withLineage(withStore(program.command('status')))),
    "the server's data directory, to count what waits",
  )
    .description('how fresh the archive is, what lags, and what is missing')
    .addHelpText(
      'after',
      '\nThe store is enough; with a server that answers, the lag is measured too.',
    )
    .action(run(statusVerb));
}

const statusVerb: Action<StatusOptions> = async (options, cli) => {
  const { store, lineage } = await cli.openLineage(options);
  const { signal } = cli;
  const catalogue = await readCatalogue(store, lineage, { signal });
  const { archive, backups, windows, writerTimeline } = catalogue;
  const now = cli.clock.now();
  const point = recoverablePoint(windows, writerTimeline, now);
  const { segments, storedBytes, newestAt } = archive;
  const status: Status = {
    cluster: options.cluster,
    lineage: lineageFolder(lineage.id),
    lastBackup: backups.at(-1),
    recoverablePoint: point,
    archive: {
      lagBytes: point && (await measureLag(options, cli, lineage, point.lsn)),
      readySegments: await countReady(options, cli, lineage),
      segments,
      storedBytes,
      newestAt,
      gaps: findGaps(archive, backups, now),
    },
  };
  cli.output.result(statusDocument(status), statusLines(status, now, cli.output.paint.red));
  return 0;
};

function statusDocument(status: Status): object {
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
  options: StatusOptions,
  cli: Cli,
  lineage: Lineage,
  recoverable: Lsn,
): Promise<number | undefined> {
  return ifKnown(cli, 'the lag', async () => {
    await using server = cli.openServer(options);
    const { systemIdentifier } = await server.describe({ signal: cli.signal });
    assertSameSystem({ name: 'the server that answers', systemIdentifier }, inStore(lineage));
    const lag = (await server.currentLsn({ signal: cli.signal })) - recoverable;
    return lag > 0n ? Number(lag) : 0;
  });
}

/** How many segments wait in the data directory, if one was named. */
async function countReady(
  { dataDir }: StatusOptions,
  cli: Cli,
  lineage: Lineage,
): Promise<number | undefined> {
  if (dataDir === undefined) return undefined;
  return ifKnown(cli, 'what waits', async () => {
    const { systemIdentifier } = await readControlFile(dataDir, { signal: cli.signal });
    assertSameSystem({ name: dataDir, systemIdentifier }, inStore(lineage));
    return (await new PgWalDirectory(dataDir).ready({ signal: cli.signal })).length;
  });
}

/** A server that is gone must not hide what the store has: why it is not known is a remark. */
async function ifKnown<T>(cli: Cli, what: string, find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    cli.signal.throwIfAborted();
    cli.output.note(`${what} is not known: ${toOpsError(error).message}`);
    return undefined;
  }
}

function inStore({ id }: Lineage): SystemHolder {
  return { name: 'the lineage in the store', systemIdentifier: id.systemIdentifier };
}
