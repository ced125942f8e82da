import type { Command } from 'commander';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { listBackups } from '../../../lib/core/catalog/backup-listing.ts';
import { isRestorable } from '../../../lib/core/catalog/restorable.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { formatBytes, formatTable } from '../format.ts';
import { type HiddenOptions, hiddenRemark, NO_REMARK, openArchive, withHidden } from '../hidden.ts';
import type { Action, RunAction } from '../verb.ts';

/** `holdfast list`. */
export function addListVerb(program: Command, run: RunAction): Command {
  return withHidden(withLineage(withStore(program.command('list'))))
    .description('base backups, oldest first, and whether each can be restored')
    .action(run(listVerb));
}

const listVerb: Action<StoreOptions & HiddenOptions> = async (options, cli) => {
  const { store, lineage } = await openArchive(options, cli);
  const { signal, output } = cli;
  const alarm = output.paint.red;
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
    ['backup', 'size', 'stored', 'restorable'],
    ...rows.map((row) => [
      row.id,
      formatBytes(row.bytes),
      formatBytes(row.storedBytes),
      row.restorable ? 'yes' : 'NO: its WAL is not all there',
    ]),
  ]);
  const remarks = [
    ...rows
      .filter((row) => row.checksumFailures > 0)
      .map((row) => `${row.id}: PAGE CHECKSUMS WRONG in ${row.checksumFailures} files`),
    ...incomplete.map(({ id, reason }) => `${id}: NO BACKUP: ${reason}`),
  ];
  const isAllWell = rows.length > 0 && rows.every((row) => row.restorable) && !incomplete[0];
  const hidden = isAllWell ? NO_REMARK : await hiddenRemark({ store, lineage }, options, cli);
  output.result({ backups: rows, incomplete, ...hidden.document }, [
    ...(rows.length === 0 ? [alarm('There is no complete base backup.')] : table),
    ...remarks.map((remark) => alarm(remark)),
    ...hidden.lines,
  ]);
  return 0;
};
