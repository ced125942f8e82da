import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { VerifyReport } from '../../../lib/core/audit/verify-report.ts';
import { verifyStore } from '../../../lib/core/audit/verify-store.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { formatBytes } from '../format.ts';
import type { Action, RunAction } from '../verb.ts';

interface VerifyVerbOptions extends StoreOptions {
  readonly backup?: string;
  readonly deep?: true;
}

/** What became of indexes, where there is anything to say. */
function indexLines({ rebuiltIndexes, missingIndexes }: VerifyReport): readonly string[] {
  return [
    ...(rebuiltIndexes === 0 ? [] : [`Indexes of ${rebuiltIndexes} segments were missing: made.`]),
    ...(missingIndexes === 0
      ? []
      : [`Indexes of ${missingIndexes} segments are missing: the store would not take them.`]),
  ];
}

/** `holdfast verify`. */
export function addVerifyVerb(program: Command, run: RunAction): Command {
  return withLineage(withStore(program.command('verify')))
    .description('prove from the store alone that backups are whole and WAL has no gaps')
    .option('--backup <id>', 'only this backup and the WAL it needs')
    .option('--deep', 'read every byte and compare it with its hash')
    .addHelpText('after', "\nEnds with status 0, or with the number of the first finding's code.")
    .action(run(verifyVerb));
}

const verifyVerb: Action<VerifyVerbOptions> = async (options, cli) => {
  const { store, lineage } = await cli.openLineage(options);
  const bar = cli.output.bar('verify');
  const report = await verifyStore(
    { store, lineage, clock: cli.clock },
    {
      deep: options.deep === true,
      backup: options.backup,
      parallel: availableParallelism(),
      signal: cli.signal,
      onProgress: (objects, bytes) =>
        bar.update(objects, undefined, `${objects} objects, ${formatBytes(bytes)}`),
    },
  ).finally(() => bar.stop());
  const { checkedObjects, checkedBytes, findings, backups } = report;
  const checked = `${checkedObjects} objects, ${formatBytes(checkedBytes)} ${options.deep ? 'read' : 'listed'}`;
  cli.output.result(report, [
    ...findings.map(({ code, object, detail }) => `${code}  ${object}: ${detail}`),
    report.ok
      ? `Everything is in order: ${checked}.`
      : `${findings.length === 1 ? '1 finding' : `${findings.length} findings`} in ${checked}.`,
    ...indexLines(report),
    ...(backups === 0
      ? [cli.output.paint.red('There is no complete base backup: nothing can be recovered.')]
      : []),
  ]);
  const [first] = findings;
  return first === undefined ? 0 : ERROR_CODES[first.code].exitCode;
};
