import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { VerifyReport } from '../../../lib/core/audit/verify-report.ts';
import { verifyStore } from '../../../lib/core/audit/verify-store.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { formatBytes } from '../format.ts';
import {
  type HiddenOptions,
  hiddenPlaces,
  hiddenRemark,
  NO_REMARK,
  openArchive,
  tellingHidden,
  withHidden,
} from '../hidden.ts';
import type { Action, RunAction } from '../verb.ts';

interface VerifyVerbOptions extends StoreOptions, HiddenOptions {
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
  return withHidden(withLineage(withStore(program.command('verify'))))
    .description('prove from the store alone that backups are whole and WAL has no gaps')
    .option('--backup <id>', 'only this backup and the WAL it needs')
    .option('--deep', 'read every byte and compare it with its hash')
    .addHelpText('after', "\nEnds with status 0, or with the number of the first finding's code.")
    .action(run(verifyVerb));
}

const verifyVerb: Action<VerifyVerbOptions> = async (options, cli) => {
  const archive = await openArchive(options, cli);
  const bar = cli.output.bar('verify');
  const verify = async (): Promise<VerifyReport> =>
    verifyStore(
      { ...archive, clock: cli.clock },
      {
        deep: options.deep === true,
        backup: options.backup,
        parallel: availableParallelism(),
        signal: cli.signal,
        onProgress: (objects, bytes) =>
          bar.update(objects, undefined, `${objects} objects, ${formatBytes(bytes)}`),
      },
    );
  const report = await tellingHidden(hiddenPlaces(archive, options), cli, verify).finally(() =>
    bar.stop(),
  );
  const { checkedObjects, checkedBytes, findings, backups } = report;
  const checked = `${checkedObjects} objects, ${formatBytes(checkedBytes)} ${options.deep ? 'read' : 'listed'}`;
  const isAllWell = report.ok && backups > 0;
  const hidden = isAllWell ? NO_REMARK : await hiddenRemark(archive, options, cli);
  cli.output.result({ ...report, ...hidden.document }, [
    ...findings.map(({ code, object, detail }) => `${code}  ${object}: ${detail}`),
    report.ok
      ? `Everything is in order: ${checked}.`
      : `${findings.length === 1 ? '1 finding' : `${findings.length} findings`} in ${checked}.`,
    ...indexLines(report),
    ...(backups === 0
      ? [cli.output.paint.red('There is no complete base backup: nothing can be recovered.')]
      : []),
    ...hidden.lines,
  ]);
  const [first] = findings;
  return first === undefined ? 0 : ERROR_CODES[first.code].exitCode;
};
