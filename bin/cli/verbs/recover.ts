import { type Command, Option } from 'commander';
import { findPostgres } from '../../../lib/core/adapters/postgres/find-postgres.ts';
import type { RecoveryPlan } from '../../../lib/core/restore/plan/recovery-plan.ts';
import { parseTarget } from '../../../lib/core/restore/plan/target.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import {
  addNeeded,
  countBetween,
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
  readonly verifyFiles?: true;
  readonly execute?: true;
}

const MAX_TIMELINE = 0xffff_ffff;
const EXAMPLES = `
Targets:
  2026-11-22T01:02:03Z       a time, always with its UTC offset
  0/5000028                  an LSN
  name:before-upgrade        a restore point; needs --backup
  xid:735                    a transaction; needs --backup
  latest                     the end of the WAL in the store
  immediate                  the bare backup

Examples, after "holdfast windows" said what can be reached:
  holdfast recover --to 2026-11-22T01:02:03+01 --data-dir /srv/recovered
  holdfast recover --to latest --data-dir /srv/recovered --execute

The server is started, taken to the target, checked and stopped again.
Archiving is off in it: look at the data first.`;

/** `holdfast recover`. */
export function addRecoverVerb(program: Command, run: RunAction): Command {
  const verb = addNeeded(
    program
      .command('recover')
      .description('plan a recovery, and with --execute restore into an empty data directory'),
    new Option('--to <target>', 'where to stop; see below'),
  );
  return withLineage(withStore(withDataDirectory(verb, 'where to restore: absent or empty')))
    .option('--backup <id>', 'start from this backup; else the newest that ends before the target')
    .option(
      '--timeline <number>',
      "follow this timeline; else the current writer's",
      countBetween(1, MAX_TIMELINE),
    )
    .option('--exclusive', 'stop just before the target')
    .option(
      '--verify-files',
      'compare every file with the manifest before replay (pg_verifybackup)',
    )
    .option('--execute', 'do it; without this only the plan is printed')
    .addOption(
      new Option('--dry-run', 'only print the plan; this is the default').conflicts('execute'),
    )
    .addHelpText('after', EXAMPLES)
    .action(run(recoverVerb));
}

const recoverVerb: Action<RecoverOptions> = async (options, cli) => {
  const target = parseTarget(options.to);
  const { store, lineage } = await cli.openLineage(options);
  const choices = {
    backupId: options.backup,
    timeline: options.timeline,
    exclusive: options.exclusive === true,
  };
  const planned = async (): Promise<RecoveryPlan> =>
    planFromStore({ store, lineage }, target, choices, cli);
  if (options.execute !== true) {
    const plan = await planned();
    cli.output.result(planDocument(plan, options.dataDir), [
      ...planLines(plan, options.dataDir),
      '',
      'Nothing was done: add --execute to recover.',
    ]);
    return 0;
  }
  const instance = await findPostgres({ major: lineage.id.major });
  const plan = await planned();
  for (const line of planLines(plan, options.dataDir)) cli.output.note(line);
  const bar = cli.output.bar('recover');
  const where = {
    store,
    lineage,
    instance,
    dataDirectory: options.dataDir,
    verifyFiles: options.verifyFiles === true,
  };
  const result = await executePlan(plan, where, cli, (progress) =>
    showRecovery(bar, progress),
  ).finally(() => bar.stop());
  const { lsn, time, dataDirectory, timeline: newTimeline, ...rest } = result;
  const reachedLsn = formatLsn(lsn);
  const document = {
    executed: true,
    ...rest,
    timeline: plan.timeline,
    newTimeline,
    reachedLsn,
    reachedTime: time,
    dataDir: dataDirectory,
    setAside: null,
  };
  cli.output.result(document, [
    `recovered into ${dataDirectory}, now on timeline ${newTimeline}`,
    `reached ${reachedLsn}, last commit ${time?.toISOString() ?? '(none replayed)'}`,
    `restored in ${formatSeconds(result.restoreSec)}, replayed in ${formatSeconds(result.replaySec)}`,
    ...result.notes,
    'The server is stopped and archives nothing. Start it with your own unit and look at it.',
    'To protect it: "holdfast init" with a spool of its own, "holdfast agent --take-over", "holdfast backup".',
  ]);
  return 0;
};
