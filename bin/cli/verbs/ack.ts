import { hostname, userInfo } from 'node:os';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { cloudWatchAlarms } from '../../../lib/core/adapters/aws/cloudwatch-alarms.ts';
import { ssmAcknowledgements } from '../../../lib/core/adapters/aws/ssm-acknowledgements.ts';
import { ENVIRONMENT_NAME, parseAlarmName } from '../../../lib/core/contract/deployed-names.ts';
import { DeployedEnv } from '../../../lib/core/contract/environment.ts';
import {
  acknowledgeAlarms,
  type KnownAlarm,
  listKnownAlarms,
} from '../../../lib/core/paging/acknowledge-alarms.ts';
import type { Acknowledgement } from '../../../lib/core/paging/acknowledgement.ts';
import type { Cli } from '../cli.ts';
import { formatTable, formatTime } from '../format.ts';
import type { RunAction } from '../verb.ts';

interface AckOptions {
  readonly environment?: string;
  readonly by: string;
  readonly reason?: string;
  readonly list?: true;
}

/** Together they fit into a parameter, which holds 4 KB. */
const MAX_REASON = 500;
const MAX_NAME = 100;

/** `holdfast ack`. */
export function addAckVerb(program: Command, run: RunAction): Command {
  const verb = program.command('ack');
  return verb
    .description('acknowledge a page: an alarm is not paged again until it goes off once more')
    .addArgument(
      new Argument('[alarms...]', 'names of alarms, as the page gives them')
        .argParser<readonly string[]>((name, before) => [...before, parseAlarm(name)])
        .default([], 'none'),
    )
    .option('--reason <text>', 'why, for whoever asks later', textUpTo(MAX_REASON))
    .option(
      '--by <name>',
      'who acknowledges',
      textUpTo(MAX_NAME),
      `${userInfo().username} on ${hostname()}`,
    )
    .option('--list', 'show the alarms of --environment that are in ALARM, and who knows of them')
    .addOption(
      new Option('--environment <name>', 'whose alarms to list, such as prod')
        .env(DeployedEnv.ENVIRONMENT)
        .argParser(parseEnvironment),
    )
    .addHelpText(
      'after',
      '\nAWS is found as the AWS command line finds it: AWS_REGION, AWS_PROFILE and so on.',
    )
    .hook('preAction', () => {
      const { list, environment } = verb.opts<AckOptions>();
      const names = verb.args;
      if (list === undefined && names.length === 0) misuse(verb, 'name an alarm, or add --list');
      if (list === true && names.length > 0) misuse(verb, '--list takes no names of alarms');
      if (list === true && environment === undefined) {
        misuse(verb, `add --environment <name>, or set ${DeployedEnv.ENVIRONMENT}`);
      }
    })
    .action(async (names: readonly string[], options: AckOptions) => {
      await run<AckOptions>(async (_, cli) =>
        options.list === true ? listAlarms(options, cli) : acknowledge(names, options, cli),
      )(options);
    });
}

async function acknowledge(
  names: readonly string[],
  { by, reason }: AckOptions,
  cli: Cli,
): Promise<number> {
  const written = await acknowledgeAlarms(
    names,
    { by, reason, at: cli.clock.now() },
    { ...aws(), signal: cli.signal },
  );
  cli.output.result(
    { acknowledged: written.map(toRow) },
    written.map(
      ({ alarm, transitionedAt }) =>
        `${alarm}: acknowledged, in ALARM since ${formatTime(transitionedAt)}. The trouble itself is still there.`,
    ),
  );
  return 0;
}

async function listAlarms({ environment = '' }: AckOptions, cli: Cli): Promise<number> {
  const alarms = await listKnownAlarms(environment, { ...aws(), signal: cli.signal });
  const rows = alarms.map(({ name, description, reason, transitionedAt, acknowledgement }) => ({
    alarm: name,
    description: description ?? null,
    reason,
    transitionedAt,
    acknowledged: acknowledgement === undefined ? null : toRow(acknowledgement),
  }));
  const table = formatTable([
    ['alarm', 'in ALARM since', 'acknowledged'],
    ...alarms.map((alarm) => [alarm.name, formatTime(alarm.transitionedAt), knownBy(alarm)]),
  ]);
  cli.output.result(
    { environment, alarms: rows },
    rows.length === 0 ? [`No alarm of ${environment} is in ALARM.`] : table,
  );
  return 0;
}

function aws(): Pick<Parameters<typeof listKnownAlarms>[1], 'alarms' | 'acknowledgements'> {
  return { alarms: cloudWatchAlarms(), acknowledgements: ssmAcknowledgements() };
}

/** A row of the document: its keys are a contract. */
function toRow({ alarm, by, at, transitionedAt, reason }: Acknowledgement): object {
  return { alarm, by, at, transitionedAt, reason: reason ?? null };
}

function knownBy({ acknowledgement }: KnownAlarm): string {
  if (acknowledgement === undefined) return 'NO';
  const { by, at, reason } = acknowledgement;
  return `${formatTime(at)} by ${by}${reason === undefined ? '' : `: ${reason}`}`;
}

function misuse(verb: Command, message: string): never {
  return verb.error(`error: ${message}`, { code: 'commander.invalidArgument' });
}

function parseAlarm(text: string): string {
  if (parseAlarmName(text) !== undefined) return text;
  throw new InvalidArgumentError(
    'a name is holdfast-<environment>-<cluster>-<what>, as in the page.',
  );
}

function parseEnvironment(text: string): string {
  if (ENVIRONMENT_NAME.test(text)) return text;
  throw new InvalidArgumentError(
    'a name is 2 to 16 lower-case letters and digits, and starts with a letter.',
  );
}

function textUpTo(max: number): (text: string) => string {
  return (text) => {
    if (text !== '' && text.length <= max) return text;
    throw new InvalidArgumentError(`give 1 to ${max} characters.`);
  };
}
