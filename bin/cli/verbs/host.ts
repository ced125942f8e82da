import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { autoScalingHosts } from '../../../lib/core/adapters/aws/auto-scaling-hosts.ts';
import { clusterHostGroup } from '../../../lib/core/adapters/aws/cluster-host-group.ts';
import { ssmHostCommands } from '../../../lib/core/adapters/aws/ssm-host-commands.ts';
import { ENVIRONMENT_NAME } from '../../../lib/core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../../lib/core/contract/environment.ts';
import { CLUSTER_ID } from '../../../lib/core/contract/key-layout.ts';
import { chooseHost } from '../../../lib/core/host/command/choose-host.ts';
import {
  HOST_ACTIONS,
  type HostAction,
  hostLine,
} from '../../../lib/core/host/command/host-words.ts';
import { runOnHost } from '../../../lib/core/host/command/run-on-host.ts';
import type { Cli } from '../cli.ts';
import { countBetween } from '../common-options.ts';
import { showHostRun } from '../host-result.ts';
import type { RunAction } from '../verb.ts';

interface HostOptions {
  readonly environment?: string;
  readonly cluster?: string;
  readonly instance?: string;
  readonly execute?: true;
  readonly now?: true;
  readonly wait: number;
}

const MINUTE_MS = 60_000;
const MAX_WAIT_MINUTES = 240;
const DEFAULT_WAIT_MINUTES = 30;
const INSTANCE_ID = /^i-[0-9a-f]{8,17}$/;

/** `holdfast host`. */
export function addHostVerb(program: Command, run: RunAction): Command {
  const verb = program.command('host');
  return verb
    .description("compare a cluster's host with what was deployed, apply it, or see how it is")
    .addArgument(new Argument('<action>', 'plan, apply or status').choices(HOST_ACTIONS))
    .addOption(
      new Option('--environment <name>', 'the environment, such as prod')
        .env(DeployedEnv.ENVIRONMENT)
        .argParser(matching(ENVIRONMENT_NAME, 'a name of 2 to 16 lower-case letters and digits')),
    )
    .addOption(
      new Option('--cluster <id>', 'the cluster, such as orders')
        .env(Env.CLUSTER)
        .argParser(matching(CLUSTER_ID, 'an id of 2 to 31 lower-case letters, digits and hyphens')),
    )
    .option(
      '--instance <id>',
      'this very machine, whatever it belongs to',
      matching(INSTANCE_ID, 'the id of an EC2 instance, such as i-0123456789abcdef0'),
    )
    .option('--execute', 'with apply: do it; without this only the plan is printed')
    .option('--now', 'with apply --execute: restart PostgreSQL outside its window too')
    .option(
      '--wait <minutes>',
      'how long to wait for its end; the host goes on after that',
      countBetween(1, MAX_WAIT_MINUTES),
      DEFAULT_WAIT_MINUTES,
    )
    .addHelpText(
      'after',
      '\nGoes through Session Manager: no port is open for it. AWS is found as the AWS command line\nfinds it. Ctrl-C stops the waiting and nothing else. On the host itself the same words do the\nsame, without options that name it: sudo holdfast host apply --execute. There alone: sudo holdfast host\nprepare --first-boot or --recover , a person’s word about a blank volume.',
    )
    .hook('preAction', () => {
      const fault = misuseOf(verb.args[0], verb.opts<HostOptions>());
      if (fault !== undefined) verb.error(`error: ${fault}`, { code: 'commander.invalidArgument' });
    })
    .action(async (action: HostAction, options: HostOptions) => {
      await run<HostOptions>(async (given, cli) => act(action, given, cli))(options);
    });
}

function misuseOf(
  action: string | undefined,
  { environment, cluster, instance, execute, now }: HostOptions,
): string | undefined {
  if (action !== 'apply' && (execute ?? now) === true) return `${action} takes no --execute, --now`;
  if (now === true && execute !== true) return '--now goes with --execute';
  if (instance !== undefined || (environment !== undefined && cluster !== undefined))
    return undefined;
  return 'add --environment and --cluster, or --instance';
}

async function act(action: HostAction, options: HostOptions, cli: Cli): Promise<number> {
  const { execute = false, now = false, wait } = options;
  const { output, clock, signal } = cli;
  const instanceId = options.instance ?? (await servingHost(options, signal));
  const run = await runOnHost(
    {
      instanceId,
      line: hostLine({ action, execute, now, json: output.json }),
      waitMs: wait * MINUTE_MS,
    },
    {
      commands: ssmHostCommands(),
      clock,
      signal,
      onSent: (commandId) =>
        output.note(`${instanceId} runs ${commandId}; Ctrl-C stops the waiting, not the host`),
    },
  );
  return showHostRun(run, instanceId, output);
}

async function servingHost(
  { environment = '', cluster = '' }: HostOptions,
  signal: AbortSignal,
): Promise<string> {
  const tag = `${environment}/${cluster}`;
  const group = await clusterHostGroup(tag, { signal });
  return chooseHost(await autoScalingHosts(group).hosts({ signal }), tag);
}

function matching(pattern: RegExp, what: string): (text: string) => string {
  return (text) => {
    if (pattern.test(text)) return text;
    throw new InvalidArgumentError(`give ${what}.`);
  };
}
