import type { Command } from 'commander';
import { findGaps } from '../../../lib/core/catalog/archive-gap.ts';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { listBackups } from '../../../lib/core/catalog/backup-listing.ts';
import { findWindows } from '../../../lib/core/catalog/recovery-window.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { formatTable } from '../format.ts';
import type { Action, RunAction } from '../verb.ts';

/** `holdfast windows`. */
export function addWindowsVerb(program: Command, run: RunAction): Command {
  return withLineage(withStore(program.command('windows')))
    .description('to which times and LSNs the store can recover, per timeline, and gaps in between')
    .action(run(windowsVerb));
}

const windowsVerb: Action<StoreOptions> = async (options, cli) => {
  const { store, lineage } = await cli.openLineage(options);
  const { signal } = cli;
  const listing = await listArchive(store, lineage, { signal });
  const { backups } = await listBackups(store, lineage, { signal });
  const found = await findWindows({ store, lineage, listing }, backups, { signal });
  const gaps = findGaps(listing, backups, cli.clock.now());
  const windows = found.map((window) => ({
    backupId: window.backup.id,
    timeline: window.timeline,
    fromTime: window.fromTime.toISOString(),
    fromLsn: formatLsn(window.fromLsn),
    toTime: window.toTime.toISOString(),
    toLsn: formatLsn(window.toLsn),
  }));
  cli.output.result({ windows, gaps }, [
    ...(windows.length === 0
      ? ['Nothing can be recovered: there is no restorable base backup.']
      : formatTable([
          ['backup', 'timeline', 'from', 'to', 'from LSN', 'to LSN'],
          ...windows.map((row) => [
            row.backupId,
            String(row.timeline),
            row.fromTime,
            row.toTime,
            row.fromLsn,
            row.toLsn,
          ]),
        ])),
    ...gaps.map(
      (gap) =>
        `GAP on timeline ${gap.timeline}: ${gap.missing} segments are missing between ${gap.afterSegment} and ${gap.beforeSegment}`,
    ),
  ]);
  return 0;
};
