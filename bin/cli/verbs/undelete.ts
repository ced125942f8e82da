import { type Command, InvalidArgumentError, Option } from 'commander';
import { toOpsError } from '../../../lib/core/errors/ops-error.ts';
import { parseTargetTime } from '../../../lib/core/restore/plan/target-time.ts';
import { chooseHidden } from '../../../lib/core/retention/undelete/chosen-hidden.ts';
import type { HiddenChoice } from '../../../lib/core/retention/undelete/hidden-choice.ts';
import { runUndelete } from '../../../lib/core/retention/undelete/run-undelete.ts';
import {
  type HiddenSurvey,
  surveyHidden,
} from '../../../lib/core/retention/undelete/survey-hidden.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { formatBytes, formatTime } from '../format.ts';
import { openArchive } from '../hidden.ts';
import type { Action, RunAction } from '../verb.ts';

interface UndeleteOptions extends StoreOptions {
  readonly backup?: string;
  readonly key?: string;
  readonly all?: true;
  readonly hiddenAfter?: Date;
  readonly execute?: true;
}

/** `holdfast undelete`. */
export function addUndeleteVerb(program: Command, run: RunAction): Command {
  const verb = withLineage(withStore(program.command('undelete')))
    .description('bring back objects that expired or were deleted, while the store still has them')
    .addOption(
      new Option('--backup <id>', 'a base backup, and WAL from its start to its stop').conflicts([
        'key',
        'all',
      ]),
    )
    .addOption(new Option('--key <key>', 'one object, by its whole key').conflicts('all'))
    .option('--all', 'everything that is hidden of this lineage')
    .option('--hidden-after <time>', 'only what was hidden at this time or later', parseTime)
    .option('--execute', 'store it again; without this only what is hidden is told')
    .addHelpText(
      'after',
      '\nWAL comes back first, the record of a backup last: it is listed once it is whole.\n' +
        'Interrupted, the same command goes on where it stopped. Nothing is overwritten.\n' +
        'What is hidden and their ids: holdfast list --hidden. To read it where it is: --hidden\n' +
        'of recover, verify, list and windows.',
    )
    .action(run(undeleteVerb));
  return verb.hook('preAction', () => {
    if (choiceOf(verb.opts<UndeleteOptions>()) !== undefined) return;
    verb.error('error: say what is to come back: --backup <id>, --key <key> or --all');
  });
}

const undeleteVerb: Action<UndeleteOptions> = async (options, cli) => {
  const { output, signal } = cli;
  const choice = choiceOf(options) ?? { kind: 'all' };
  const { lineage } = await openArchive({ ...options, hidden: true }, cli);
  const archive = {
    store: await cli.openStore(options),
    stored: await cli.openStored(options),
    lineage,
  };
  const request = { choice, hiddenAfter: options.hiddenAfter };
  const chosen = await chooseHidden(archive, request, { signal });
  const survey = await surveyHidden(chosen, request);
  const document = documentOf(survey);
  if (options.execute !== true) {
    output.result({ executed: false, ...document }, [
      ...surveyLines(survey),
      'Nothing was done: add --execute to bring it back.',
    ]);
    return 0;
  }
  for (const line of surveyLines(survey)) output.note(line);
  const bar = output.bar('undelete');
  let done = 0;
  const { objects, bytes } = await runUndelete(archive, chosen, {
    signal,
    onObject: ({ key }) => bar.update((done += 1), survey.objects, key),
  }).finally(() => bar.stop());
  output.result({ executed: true, ...document, objects, bytes }, [
    `Brought back: ${countObjects(objects)}, ${formatBytes(bytes)}.`,
    'Prove it with "holdfast verify --deep". It may expire again by the policy: "holdfast hold" keeps a',
    'backup, "holdfast retention --undo" takes back what two plans agreed on.',
  ]);
  return 0;
};

function choiceOf({ backup, key, all }: UndeleteOptions): HiddenChoice | undefined {
  if (backup !== undefined) return { kind: 'backup', id: backup };
  if (key !== undefined) return { kind: 'key', key };
  return all === true ? { kind: 'all' } : undefined;
}

function documentOf({ objects, bytes, backups, hiddenFrom, hiddenTo }: HiddenSurvey): object {
  return { objects, bytes, backups, hiddenFrom, hiddenTo };
}

function surveyLines({ objects, bytes, backups, hiddenFrom, hiddenTo }: HiddenSurvey): string[] {
  return [
    `Hidden: ${countObjects(objects)}, ${formatBytes(bytes)}, from ${formatTime(hiddenFrom)} to ${formatTime(hiddenTo)}.`,
    ...backups.map((id) => `backup ${id}`),
  ];
}

function countObjects(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`;
}

function parseTime(text: string): Date {
  try {
    return parseTargetTime(text).time;
  } catch (error) {
    throw new InvalidArgumentError(toOpsError(error).message);
  }
}
