import { readCatalogue } from '../../../lib/core/catalog/read-catalogue.ts';
import type { Command } from 'commander';
import { findGaps } from '../../../lib/core/catalog/archive-gap.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { type HiddenOptions, hiddenRemark, NO_REMARK, openArchive, withHidden } from '../hidden.ts';
import { gapLine } from '../status-lines.ts';
import type { Action, RunAction } from '../verb.ts';
import { windowDocument, windowLines } from '../window-lines.ts';

/** `holdfast windows`. */
export function addWindowsVerb(program: Command, run: RunAction): Command {
  return withHidden(withLineage(withStore(program.command('windows'))))
    .description('to which times and LSNs the store can recover, per timeline, and gaps in between')
    .addHelpText('after', '\nGive any time or LSN of a window to "holdfast recover --to".')
    .action(run(windowsVerb));
}

const windowsVerb: Action<StoreOptions & HiddenOptions> = async (options, cli) => {
  const { store, lineage } = await openArchive(options, cli);
  const { signal, output } = cli;
  const alarm = output.paint.red;
  const catalogue = await readCatalogue(store, lineage, { signal });
  const { archive, backups, windows, writerTimeline } = catalogue;
  const gaps = findGaps(archive, backups, writerTimeline, cli.clock.now());
  const isAllWell = windows.length > 0 && gaps.length === 0;
  const hidden = isAllWell ? NO_REMARK : await hiddenRemark({ store, lineage }, options, cli);
  output.result({ windows: windows.map(windowDocument), gaps, ...hidden.document }, [
    ...(windows.length === 0
      ? [alarm('Nothing can be recovered: there is no restorable base backup.')]
      : windows.flatMap(windowLines)),
    ...gaps.map((gap) => gapLine(gap, alarm)),
    ...hidden.lines,
  ]);
  return 0;
};
