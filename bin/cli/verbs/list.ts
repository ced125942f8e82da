import type { Command } from 'commander';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { listBackups } from '../../../lib/core/catalog/backup-listing.ts';
import { isRestorable } from '../../../lib/core/catalog/restorable.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { formatBytes, formatTable, formatTime } from '../format.ts';
import type { Action, RunAction } from '../verb.ts';

/** `holdfast list`. */
export function addListVerb(program: Command, run: RunAction): Command {
  return withLineage(withStore(program.command('list')))
    .description('base backups, oldest first, and whether each can be restored')
    .action(run(listVerb));
}

const listVerb: Action<StoreOptions> = async (options, cli) => {
  const { store, lineage } = await cli.openLineage(options);
  const { signal } = cli;
  const archive = await listArchive(store, lineage, { signal });
  const { backups, incomplete } = await listBackups(store, lineage, { signal });
  const rows = backups.map((backup) => ({
    id: backup.id,
    kind: backup.kind,
    timeline: backup.timeline,
    startLsn: formatLsn(backup.startLsn),
    stopLsn: formatLsn(backup.stopLsn),
    startedAt: backup.startedAt,
    finishedAt: backup.finishedAt,
    bytes: backup.bytes,
    storedBytes: backup.storedBytes,
    restorable: isRestorable(backup, archive),
    checksumFailures: backup.checksumFailures.length,
  }));
  const table = formatTable([
    ['backup', 'finished', 'plain', 'stored', 'restorable'],
    ...rows.map((row) => [
      row.id,
      formatTime(row.finishedAt),
      formatBytes(row.bytes),
      formatBytes(row.storedBytes),
      row.restorable ? 'yes' : 'NO: its WAL is not all there',
    ]),
  ]);
  const unusable = incomplete.map(({ id, reason }) => `${id} is no backup: ${reason}`);
  cli.output.result({ backups: rows, incomplete }, [
    ...(rows.length === 0 ? ['There is no complete base backup.'] : table),
    ...unusable,
  ]);
  return 0;
};
