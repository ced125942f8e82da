import { hostname, userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { planAfresh } from '../../../lib/core/retention/plan-afresh.ts';
import { withLineage, withStore } from '../common-options.ts';
import { retentionLines } from '../retention-lines.ts';
import { policyOf, type RetentionOptions, withRetentionPolicy } from '../retention-options.ts';
import { executeRetention, undo } from '../retention-runs.ts';
import type { Action, RunAction } from '../verb.ts';

interface RetentionVerbOptions extends RetentionOptions {
  readonly execute?: true;
  readonly undo?: true;
  readonly reason?: string;
  readonly by: string;
}

/** `holdfast retention`. */
export function addRetentionVerb(program: Command, run: RunAction): Command {
  const verb = withRetentionPolicy(withLineage(withStore(program.command('retention'))));
  return verb
    .description('what of backups and WAL stays, what may go, and why')
    .option('--execute', 'write the plan down, and let go what an older plan lets go as well')
    .addOption(
      new Option('--undo', 'no plan up to now counts; keep what was let go').conflicts('execute'),
    )
    .option('--reason <text>', 'why it is undone, for whoever asks later')
    .option('--by <name>', 'who undoes it', `${userInfo().username} on ${hostname()}`)
    .hook('preAction', () => {
      const { undo: isUndo, reason = '' } = verb.opts<RetentionVerbOptions>();
      if (isUndo !== true || reason !== '') return;
      verb.error('error: add --reason <text>', { code: 'commander.missingMandatoryOptionValue' });
    })
    .addHelpText('after', '\nThe rules, and how a plan reads: docs/retention.md.')
    .action(run(retentionVerb));
}

const retentionVerb: Action<RetentionVerbOptions> = async (options, cli) => {
  const { reason = '', by } = options;
  if (options.undo === true) return undo(options, { reason, by }, cli);
  if (options.execute === true) return executeRetention(options, cli);
  // A policy that contradicts itself is told before a store is opened.
  const policy = policyOf(options);
  const { store, lineage } = await cli.openLineage(options);
  const { clock, signal, output } = cli;
  const plan = await planAfresh({ store, lineage, policy, now: clock.now() }, { signal });
  output.result(plan, retentionLines(plan, output.paint.red));
  output.note(
    'Nothing was changed: --execute writes the plan down, and lets go what an older one lets go as well.',
  );
  return 0;
};
