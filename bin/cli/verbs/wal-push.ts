import { Argument, type Command } from 'commander';
import { basename } from 'node:path';
import { pushOnce } from '../../../lib/core/wal/shipping/push-once.ts';
import { withDataDirectory, withSpool, withStore } from '../common-options.ts';
import { DEFAULT_PARALLEL, shippingDeps, type ShippingVerbOptions } from '../shipping.ts';
import type { RunAction } from '../verb.ts';

interface WalPushOptions extends ShippingVerbOptions {
  readonly drain?: true;
}

/** `holdfast wal-push`. */
export function addWalPushVerb(program: Command, run: RunAction): Command {
  const verb = program
    .command('wal-push')
    .description('plumbing: ship one file that PostgreSQL offers, without the agent')
    .addArgument(new Argument('<file>', 'name or path in pg_wal (%f or %p of archive_command)'))
    .option('--drain', 'then ship everything else that is ready');
  return withDataDirectory(withSpool(withStore(verb)), "the server's data directory").action(
    async (file: string, options: WalPushOptions) => {
      await run<WalPushOptions>(async (_, cli) => {
        const name = basename(file);
        await pushOnce(await shippingDeps(options, cli), {
          name,
          drain: options.drain === true,
          parallel: DEFAULT_PARALLEL,
          stop: cli.signal,
        });
        cli.output.result({ name }, []);
        return 0;
      })(options);
    },
  );
}
