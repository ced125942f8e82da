import type { Command } from 'commander';
import { findPostgres } from '../../../lib/core/adapters/postgres/find-postgres.ts';
import { parseTarget } from '../../../lib/core/restore/target.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import {
  parseCount,
  type StoreOptions,
  withDataDirectory,
  withLineage,
  withStore,
} from '../common-options.ts';
import { formatSeconds } from '../format.ts';
import { executePlan, planDocument, planFromStore, planLines, showRecovery } from '../recovery.ts';
import type { Action, RunAction } from '../verb.ts';

interface RecoverOptions extends StoreOptions {
  readonly to: string;
  readonly dataDir: string;
  readonly backup?: string;
  readonly timeline?: number;
  readonly exclusive?: true;
  readonly execute?: true;
}

/** `holdfast recover`. */
export function addRecoverVerb(program: Command, run: RunAction): Command {
  const verb = program
    .command('recover')
    .description('plan a recovery, and with --execute restore into an empty data directory')
    .requiredOption(
      '--to <target>',
      'a time with its offset (2026-11-22T01:02:03Z), an LSN (0/5000028), name:S, xid:N, latest or immediate',
    )
    .option('--backup <id>', 'start from this backup; else the newest that ends before the target')
    .option('--timeline <number>', "follow this timeline; else the current writer's", parseCount)
    .option('--exclusive', 'stop just before the target')
    .option('--execute', 'do it; without this only the plan is printed')
    .option('--dry-run', 'only print the plan; this is the default')
    .addHelpText(
      'after',
      '\nThe server is started, taken to the target, checked and stopped again; archiving is off in it.',
    );
  return withDataDirectory(
    withLineage(withStore(verb)),
    'absent or empty; made for the server',
  ).action(run(recoverVerb));
}

const recoverVerb: Action<RecoverOptions> = async (options, cli) => {
  const target = parseTarget(options.to);
  const { store, lineage } = await cli.openLineage(options);
  const choices = {
    backupId: options.backup,
    timeline: options.timeline,
    exclusive: options.exclusive === true,
  };
  const plan = await planFromStore({ store, lineage }, target, choices, cli);
  if (options.execute !== true) {
    cli.output.result(planDocument(plan, options.dataDir), [
      ...planLines(plan, options.dataDir),
      '',
      'Nothing was done: add --execute to recover.',
    ]);
    return 0;
  }
  for (const line of planLines(plan, options.dataDir)) cli.output.note(line);
  const instance = await findPostgres({ major: lineage.id.major });
  const bar = cli.output.bar('recover');
  const where = { store, lineage, instance, dataDirectory: options.dataDir };
  const result = await executePlan(plan, where, cli, (progress) =>
    showRecovery(bar, progress),
  ).finally(() => bar.stop());
  const { lsn, time, dataDirectory, ...rest } = result;
  const reachedLsn = formatLsn(lsn);
  const document = {
    ...rest,
    reachedLsn,
    reachedTime: time,
    dataDir: dataDirectory,
    setAside: null,
  };
  cli.output.result(document, [
    `recovered into ${dataDirectory}, now on timeline ${result.timeline}`,
    `reached ${reachedLsn}, last commit ${time?.toISOString() ?? '(none replayed)'}`,
    `restored in ${formatSeconds(result.restoreSec)}, replayed in ${formatSeconds(result.replaySec)}`,
    ...result.notes,
    'The server is stopped and archives nothing. Start it with your own unit, look, then run "holdfast init" to protect it.',
  ]);
  return 0;
};
