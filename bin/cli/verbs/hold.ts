import { hostname, userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { toOpsError } from '../../../lib/core/errors/ops-error.ts';
import { keepHeld } from '../../../lib/core/retention/apply/keep-held.ts';
import type { HoldRecord } from '../../../lib/core/retention/hold-record.ts';
import { holdBackup, planRelease, releaseHold } from '../../../lib/core/retention/hold.ts';
import { readHolds } from '../../../lib/core/retention/read-holds.ts';
import { parseTargetTime } from '../../../lib/core/restore/plan/target-time.ts';
import type { Cli } from '../cli.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { formatTable, formatTime } from '../format.ts';
import type { Action, RunAction } from '../verb.ts';

interface HoldOptions extends StoreOptions {
  readonly backup?: string;
  readonly list?: true;
  readonly release?: string;
  readonly reason?: string;
  readonly until?: Date;
  readonly legal?: true;
  readonly by: string;
  readonly execute?: true;
}

/** `holdfast hold`. */
export function addHoldVerb(program: Command, run: RunAction): Command {
  const verb = withLineage(withStore(program.command('hold')));
  return verb
    .description('keep a backup, and all it needs, whatever the policy says')
    .addOption(new Option('--backup <id>', 'the one to keep').conflicts(['list', 'release']))
    .addOption(new Option('--list', 'show what is held').conflicts('release'))
    .addOption(new Option('--release <hold>', 'end a hold before its time, or one without an end'))
    .option('--reason <text>', 'why, for whoever asks later')
    .addOption(
      new Option('--until <time>', 'with a UTC offset; else until it is released')
        .argParser(parseUntil)
        .conflicts(['list', 'release']),
    )
    .option('--legal', 'a legal hold: its release needs this word again')
    .option('--by <name>', 'who says so', `${userInfo().username} on ${hostname()}`)
    .option('--execute', 'end the hold that --release names, instead of only showing it')
    .hook('preAction', () => {
      const { backup, list, release, reason } = verb.opts<HoldOptions>();
      if (list === true) return;
      if (backup === undefined && release === undefined) {
        misuse(verb, 'add --backup <id>, --release <hold> or --list');
      }
      if (reason === undefined || reason === '') misuse(verb, 'add --reason <text>');
    })
    .action(run(holdVerb));
}

const holdVerb: Action<HoldOptions> = async (options, cli) => {
  if (options.list === true) return listHolds(options, cli);
  return options.release === undefined ? hold(options, cli) : release(options, cli);
};

async function hold(options: HoldOptions, cli: Cli): Promise<number> {
  const { backup: backupId = '', reason = '', by, until, legal } = options;
  const { store, lineage } = await cli.openLineage(options);
  const { clock, signal, output } = cli;
  const kind = legal === true ? 'legal' : 'operator';
  const request = { backupId, kind, reason, by, until } as const;
  const record = await holdBackup(store, lineage, request, clock.now(), { signal });
  const before = await keepHeld(store, lineage, backupId, { signal });
  const lines = {
    untouched: [],
    kept: ['Retention had let it go already: its objects are kept again.'],
    denied: [
      'This caller may not tag: if retention has let it go already, its next run keeps it again.',
      'S3 acts on tags from midnight UTC on, which may be sooner: what is hidden by then comes back with "holdfast undelete".',
    ],
  }[before];
  output.result({ hold: toRow(record), before }, [
    `Backup ${backupId} is held ${endOf(record)}, as ${record.id}.`,
    ...lines,
  ]);
  return 0;
}

async function listHolds(options: HoldOptions, cli: Cli): Promise<number> {
  const { store, lineage } = await cli.openLineage(options);
  const { standing, damaged } = await readHolds(store, lineage, { signal: cli.signal });
  const now = cli.clock.now();
  const rows = standing.map((one) => ({ ...toRow(one), isOver: isOver(one, now) }));
  const table = formatTable([
    ['hold', 'backup', 'kind', 'until', 'by', 'reason'],
    ...standing.map((one) => [
      one.id,
      one.backupId,
      one.kind,
      isOver(one, now) ? 'over' : endOf(one).replace(/^until /, ''),
      one.by,
      one.reason,
    ]),
  ]);
  cli.output.result({ holds: rows, damaged }, [
    ...(standing.length === 0 ? ['Nothing is held.'] : table),
    ...damaged.map((key) => `${key} is damaged: in doubt it holds everything.`),
  ]);
  return 0;
}

async function release(options: HoldOptions, cli: Cli): Promise<number> {
  const { release: id = '', reason = '', by, legal, execute } = options;
  const { store, lineage } = await cli.openLineage(options);
  const { clock, signal, output } = cli;
  const isLegal = legal === true;
  const standing = await planRelease(store, lineage, { id, isLegal }, { signal });
  const what = `backup ${standing.backupId}, held ${endOf(standing)} by ${standing.by}: ${standing.reason}`;
  if (execute !== true) {
    output.result({ executed: false, hold: toRow(standing) }, [
      `Would release ${what}.`,
      'Nothing was changed: add --execute to do it.',
    ]);
    return 0;
  }
  await releaseHold(store, lineage, { id, by, reason, isLegal }, clock.now(), { signal });
  output.result({ executed: true, hold: toRow(standing) }, [
    `Released ${what}.`,
    'From the next plan on the policy alone decides.',
  ]);
  return 0;
}

/** A row of the document: its keys are a contract. */
function toRow({ id, backupId, kind, reason, by, at, until }: HoldRecord): object {
  return { id, backupId, kind, reason, by, at, until: until ?? null };
}

function endOf({ until }: HoldRecord): string {
  return until === undefined ? 'until it is released' : `until ${formatTime(until)}`;
}

function isOver({ until }: HoldRecord, now: Date): boolean {
  return until !== undefined && until <= now;
}

function parseUntil(text: string): Date {
  try {
    return parseTargetTime(text).time;
  } catch (error) {
    const { message, hint = '' } = toOpsError(error);
    throw new InvalidArgumentError(`${message}: ${hint}.`);
  }
}

function misuse(verb: Command, message: string): never {
  return verb.error(`error: ${message}`, { code: 'commander.invalidArgument' });
}
