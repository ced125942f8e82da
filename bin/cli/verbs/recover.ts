import { type Command, Option } from 'commander';
import { collectSeldom } from '../../../lib/core/adapters/system/collect-seldom.ts';
import { findPostgres } from '../../../lib/core/adapters/postgres/find-postgres.ts';
import type { RecoveryPlan } from '../../../lib/core/restore/plan/recovery-plan.ts';
import { parseTarget } from '../../../lib/core/restore/plan/target.ts';
import { placeTablespaces } from '../../../lib/core/restore/tablespaces/place-tablespaces.ts';
import { parseTablespaceMapping } from '../../../lib/core/restore/tablespaces/tablespace-mapping.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import {
  addNeeded,
  countBetween,
  type StoreOptions,
  withDataDirectory,
  withLineage,
  withOptionalSpool,
  withStore,
} from '../common-options.ts';
import { formatSeconds } from '../format.ts';
import {
  type HiddenOptions,
  hiddenPlaces,
  openArchive,
  tellingHidden,
  withHidden,
} from '../hidden.ts';
import { recoverClusterInPlace } from '../in-place.ts';
import {
  executePlan,
  noteLines,
  planDocument,
  planFromStore,
  planLines,
  showRecovery,
  withObstacle,
} from '../recovery.ts';
import { tablespaceDocuments } from '../tablespace-lines.ts';
import type { Action, RunAction } from '../verb.ts';

interface RecoverOptions extends StoreOptions, HiddenOptions {
  readonly to: string;
  readonly dataDir: string;
  readonly backup?: string;
  readonly timeline?: number;
  readonly exclusive?: true;
  readonly inPlace?: true;
  readonly spool?: string;
  readonly tablespaceMapping?: readonly string[];
  readonly verifyFiles?: true;
  readonly execute?: true;
}

const MAX_TIMELINE = 0xffff_ffff;
const EXAMPLES = `
Targets:
  2026-11-22T01:02:03Z       a time, always with its UTC offset
  0/5000028                  an LSN
  name:before-upgrade        a restore point
  xid:735                    a transaction, committed or aborted
  latest                     the end of the WAL in the store
  immediate                  the bare backup

Examples, after "holdfast windows" said what can be reached:
  holdfast recover --to 2026-11-22T01:02:03+01 --data-dir /srv/recovered
  holdfast recover --to latest --data-dir /srv/recovered --execute
  holdfast recover --to latest --data-dir /srv/pg/data --in-place --spool /srv/pg/spool

The server is started, taken to the target, checked and stopped again.
Archiving is off in it: look at the data first.
In place it goes on archiving; "holdfast rollback" puts the old directory back.`;

/** `holdfast recover`. */
export function addRecoverVerb(program: Command, run: RunAction): Command {
  const verb = addNeeded(
    program
      .command('recover')
      .description('plan a recovery, and with --execute restore into an empty data directory'),
    new Option('--to <target>', 'where to stop; see below'),
  );
  verb.hook('preAction', () => {
    const { inPlace, spool } = verb.opts<RecoverOptions>();
    if (inPlace !== true || spool !== undefined) return;
    verb.error('error: with --in-place add --spool <directory>, or set HOLDFAST_SPOOL');
  });
  return withOptionalSpool(
    withHidden(
      withLineage(withStore(withDataDirectory(verb, 'where to restore: absent or empty'))),
    ),
  )
    .option('--backup <id>', 'start from this backup; else the newest that ends before the target')
    .option(
      '--timeline <number>',
      "follow this timeline; else the current writer's",
      countBetween(1, MAX_TIMELINE),
    )
    .option('--exclusive', 'stop just before the target')
    .addOption(
      new Option(
        '--tablespace-mapping <old=new>',
        'where a tablespace goes, by where it was; once for each; "\\=" stands for "=" in a path',
      )
        .argParser<readonly string[] | undefined>((text, before) => [...(before ?? []), text])
        .conflicts('inPlace'),
    )
    .option(
      '--in-place',
      "--data-dir is the stopped cluster's own: set it aside, and go on from the target; needs --spool",
    )
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
  collectSeldom();
  const target = parseTarget(options.to);
  const tablespaceMapping = parseTablespaceMapping(options.tablespaceMapping ?? []);
  const archive = await openArchive(options, cli);
  const { store, lineage } = archive;
  const choices = {
    backupId: options.backup,
    timeline: options.timeline,
    exclusive: options.exclusive === true,
  };
  if (options.inPlace === true && options.spool !== undefined) {
    const { spool, dataDir } = options;
    const request = { ...options, spool, dataDir, target, choices };
    return tellingHidden(hiddenPlaces(archive, options), cli, async () =>
      recoverClusterInPlace(request, archive, cli),
    );
  }
  const planned = async (): Promise<RecoveryPlan> =>
    tellingHidden(hiddenPlaces(archive, options), cli, async () =>
      planFromStore(archive, target, choices, cli),
    );
  if (options.execute !== true) {
    const planning = await planned();
    const places = placeTablespaces(planning, tablespaceMapping);
    const place = { store, lineage, dataDirectory: options.dataDir };
    const plan = await withObstacle(planning, place, places, cli);
    cli.output.result(planDocument(plan, options.dataDir, places), [
      ...planLines(plan, options.dataDir, places),
      '',
      'Nothing was done: add --execute to recover.',
    ]);
    return 0;
  }
  const instance = await findPostgres({ major: lineage.id.major });
  const plan = await planned();
  const places = placeTablespaces(plan, tablespaceMapping);
  for (const line of planLines(plan, options.dataDir, places)) cli.output.note(line);
  const bar = cli.output.bar('recover');
  const where = {
    store,
    lineage,
    instance,
    dataDirectory: options.dataDir,
    verifyFiles: options.verifyFiles === true,
    tablespaceMapping,
    envelopeKey: options.envelopeKey,
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
    tablespaces: tablespaceDocuments(places),
  };
  cli.output.result(document, [
    `recovered into ${dataDirectory}, now on timeline ${newTimeline}`,
    `reached ${reachedLsn}, last commit ${time?.toISOString() ?? '(none replayed)'}`,
    `restored in ${formatSeconds(result.restoreSec)}, replayed in ${formatSeconds(result.replaySec)}`,
    ...noteLines(result.notes),
    'The server is stopped and archives nothing. Start it with your own unit and look at it.',
    'To protect it: "holdfast init" with a spool of its own, "holdfast agent --take-over", "holdfast backup".',
  ]);
  return 0;
};
