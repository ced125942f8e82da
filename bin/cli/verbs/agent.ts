import { type Command, Option } from 'commander';
import type { ClaimGrounds } from '../../../lib/core/store/writer-epoch.ts';
import { collectSeldom } from '../../../lib/core/adapters/system/collect-seldom.ts';
import { startDigestThread } from '../../../lib/core/adapters/system/digest-thread.ts';
import { createLog } from '../log.ts';
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
