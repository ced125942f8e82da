import type { Command } from 'commander';
import { planRetention } from '../../../lib/core/retention/plan/plan-retention.ts';
import { readRetentionFacts } from '../../../lib/core/retention/read-retention-facts.ts';
import { withLineage, withStore } from '../common-options.ts';
import { retentionLines } from '../retention-lines.ts';
import { policyOf, type RetentionOptions, withRetentionPolicy } from '../retention-options.ts';
import type { Action, RunAction } from '../verb.ts';

/** `holdfast retention`. */
export function addRetentionVerb(program: Command, run: RunAction): Command {
  return withRetentionPolicy(withLineage(withStore(program.command('retention'))))
    .description('what of backups and WAL stays, what may go, and why')
    .addHelpText('after', '\nThe rules, and how a plan reads: docs/retention.md.')
    .action(run(retentionVerb));
}

const retentionVerb: Action<RetentionOptions> = async (options, cli) => {
  // A policy that contradicts itself is told before a store is opened.
  const policy = policyOf(options);
  const { store, lineage } = await cli.openLineage(options);
  const { clock, signal, output } = cli;
  const request = { store, lineage, policy, now: clock.now() };
  const plan = planRetention(await readRetentionFacts(request, { signal }));
  output.result(plan, retentionLines(plan, output.paint.red));
  return 0;
};
