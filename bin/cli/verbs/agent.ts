import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ClaimGrounds } from '../../../lib/core/store/writer-epoch.ts';
import { collectSeldom } from '../../../lib/core/adapters/system/collect-seldom.ts';
import { startDigestThread } from '../../../lib/core/adapters/system/digest-thread.ts';
import { createLog } from '../../../lib/core/adapters/system/log.ts';
import { machineMemory } from '../../../lib/core/adapters/system/memory.ts';
import { volumeOf } from '../../../lib/core/adapters/system/volume.ts';
import { ENVIRONMENT_NAME } from '../../../lib/core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../../lib/core/contract/environment.ts';
import type { AgentMeasures } from '../../../lib/core/wal/shipping/measure-agent.ts';
import { runAgent } from '../../../lib/core/wal/shipping/run-agent.ts';
import { countBetween, withDataDirectory, withSpool, withStore } from '../common-options.ts';
import {
  DEFAULT_PARALLEL,
  MAX_PARALLEL,
  shippingDeps,
  type ShippingVerbOptions,
} from '../shipping.ts';
import type { Action, RunAction } from '../verb.ts';

interface AgentVerbOptions extends ShippingVerbOptions {
  readonly takeOver?: true;
  readonly boot?: true;
  readonly metrics?: 'emf';
  readonly environment?: string;
}

/** `holdfast agent`. */
export function addAgentVerb(program: Command, run: RunAction): Command {
  return withDataDirectory(
    withSpool(withStore(program.command('agent'))),
    "the server's data directory",
  )
    .description('ship WAL to the store, in the foreground, until told to stop')
    .option(
      '--parallel <number>',
      'segments in flight at once',
      countBetween(1, MAX_PARALLEL),
      DEFAULT_PARALLEL,
    )
    .addOption(
      new Option(
        '--take-over',
        'this server is the writer from now on; the one before is gone for good',
      ).conflicts('boot'),
    )
    .option('--boot', 'follow the volume: take over from the machine it was attached to before')
    .addOption(
      new Option('--metrics [format]', 'print metrics every minute, as CloudWatch Logs reads them')
        .choices(['emf'])
        .preset('emf')
        .env(Env.METRICS)
        .conflicts('json'),
    )
    .addOption(
      new Option('--environment <name>', 'the deployment whose metrics they are, such as prod')
        .env(DeployedEnv.ENVIRONMENT)
        .argParser(parseEnvironment),
    )
    .hook('preAction', (command) => {
      const { metrics, environment } = command.opts<AgentVerbOptions>();
      if (metrics === undefined || environment !== undefined) return;
      command.error(`error: add --environment <name>, or set ${DeployedEnv.ENVIRONMENT}`, {
        code: 'commander.missingMandatoryOptionValue',
      });
    })
    .action(run(agentVerb));
}

const agentVerb: Action<AgentVerbOptions> = async (options, cli) => {
  collectSeldom();
  await using digests = startDigestThread();
  // The log is all that a person sees of it, so a terminal gets every line too.
  await runAgent(
    { ...(await shippingDeps(options, cli)), digests, log: createLog('info') },
    {
      parallel: options.parallel ?? DEFAULT_PARALLEL,
      grounds: groundsOf(options),
      measures: await measuresOf(options),
      stop: cli.signal,
    },
  );
  cli.output.result({ cluster: options.cluster }, []);
  return 0;
};

function groundsOf({ takeOver, boot }: AgentVerbOptions): ClaimGrounds | undefined {
  if (takeOver === true) return 'take-over';
  return boot === true ? 'boot' : undefined;
}

/** Loaded only where it is wanted: an agent has little memory to spare. */
async function measuresOf(options: AgentVerbOptions): Promise<AgentMeasures | undefined> {
  const { metrics, environment, cluster, dataDir } = options;
  if (metrics === undefined || environment === undefined) return undefined;
  const { emfTelemetry } = await import('../../../lib/core/adapters/telemetry/emf-telemetry.ts');
  const telemetry = emfTelemetry({ environment, cluster });
  return { telemetry, volume: volumeOf(dataDir), memory: machineMemory() };
}

function parseEnvironment(text: string): string {
  if (ENVIRONMENT_NAME.test(text)) return text;
  throw new InvalidArgumentError(
    'a name is 2 to 16 lower-case letters and digits, and starts with a letter.',
  );
}
