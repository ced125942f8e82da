import type { Command } from 'commander';
import { readCatalogue } from '../../../lib/core/catalog/read-catalogue.ts';
import {
  countBetween,
  withLineage,
  withOptionalDataDirectory,
  withServer,
  withStore,
} from '../common-options.ts';
import { readStatus, statusDocument, type StatusPlace } from '../status/read-status.ts';
import { watchStatus } from '../status/watch-status.ts';
import { statusLines } from '../status-lines.ts';
import type { Action, RunAction } from '../verb.ts';

interface StatusOptions extends StatusPlace {
  readonly watch?: true;
  readonly every: number;
}

const DEFAULT_EVERY_SEC = 5;
const MAX_EVERY_SEC = 3_600;

/** `holdfast status`. */
export function addStatusVerb(program: Command, run: RunAction): Command {
  return withOptionalDataDirectory(
    withServer(withLineage(withStore(program.command('status')))),
    "the server's data directory, to count what waits",
  )
    .description('how fresh the archive is, what lags, and what is missing')
    .option('--watch', 'keep showing it, until Ctrl-C; with --json one document a line')
    .option(
      '--every <seconds>',
      'how often to look, with --watch',
      countBetween(1, MAX_EVERY_SEC),
      DEFAULT_EVERY_SEC,
    )
    .addHelpText(
      'after',
      '\nThe store is enough; with a server that answers, the lag is measured too.',
    )
    .action(run(statusVerb));
}

const statusVerb: Action<StatusOptions> = async (options, cli) => {
  const { output, signal } = cli;
  if (options.watch === true) {
    await watchStatus(options, options.every, cli);
    return 0;
  }
  const { store, lineage } = await cli.openLineage(options);
  const catalogue = await readCatalogue(store, lineage, { signal });
  const { status, remarks } = await readStatus(options, cli, lineage, catalogue);
  for (const remark of remarks) output.note(remark);
  output.result(statusDocument(status), statusLines(status, cli.clock.now(), output.paint.red));
  return 0;
};
