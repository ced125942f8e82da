import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { openClusterSetup } from '../../../lib/core/adapters/postgres/cluster-setup.ts';
import { folderSpoolMaker } from '../../../lib/core/adapters/wal/folder-spool-maker.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { type InitReport, runInit } from '../../../lib/core/init/run-init.ts';
import {
  parseCount,
  type ServerOptions,
  type StoreOptions,
  withServer,
  withSpool,
  withStore,
} from '../common-options.ts';
import type { Action, RunAction } from '../verb.ts';

interface InitVerbOptions extends StoreOptions, ServerOptions {
  readonly spool: string;
  readonly dataDir?: string;
  readonly archiveTimeout: number;
  readonly newLineage?: true;
  readonly check?: true;
}

const ENTRY = fileURLToPath(new URL('../../holdfast.ts', import.meta.url));
const DEFAULT_ARCHIVE_TIMEOUT_SEC = 60;

/** `holdfast init`. */
export function addInitVerb(program: Command, run: RunAction): Command {
  return withServer(withSpool(withStore(program.command('init'))))
    .description(
      'prepare a running server: settings, roles, heartbeat table, identity in the store',
    )
    .option('--data-dir <directory>', 'its data directory as seen from here, if elsewhere')
    .option(
      '--archive-timeout <seconds>',
      'longest that a quiet server keeps a commit to itself',
      parseCount,
      DEFAULT_ARCHIVE_TIMEOUT_SEC,
    )
    .option('--new-lineage', 'the cluster begins anew: after pg_upgrade or a new initdb')
    .option('--check', 'only report what would change')
    .action(run(initVerb));
}

const initVerb: Action<InitVerbOptions> = async (options, cli) => {
  const store = await cli.openStore(options);
  await using server = cli.openServer(options);
  await using setup = openClusterSetup(cli.connection(options));
  const { dataDirectory } =
    options.dataDir === undefined
      ? await server.describe({ signal: cli.signal })
      : { dataDirectory: options.dataDir };
  const report = await runInit(
    {
      cluster: options.cluster,
      spool: options.spool,
      dataDirectory,
      archiveTimeoutSec: options.archiveTimeout,
      oneShot: oneShotCommand(options, dataDirectory),
      newLineage: options.newLineage === true,
      check: options.check === true,
    },
    { server, setup, store, spools: folderSpoolMaker, clock: cli.clock, signal: cli.signal },
  );
  cli.output.result(report, describe(report, options.check === true));
  return report.ok ? 0 : ERROR_CODES['PG-SETTINGS'].exitCode;
};

/** What the archive script runs while the agent is silent: this very program and runtime. */
function oneShotCommand(options: InitVerbOptions, dataDirectory: string): readonly string[] {
  return [
    process.execPath,
    ENTRY,
    'wal-push',
    '--drain',
    '--store',
    options.store,
    '--cluster',
    options.cluster,
    '--spool',
    options.spool,
    '--data-dir',
    dataDirectory,
  ];
}

function describe(report: InitReport, isCheck: boolean): readonly string[] {
  const verb = isCheck ? 'would change' : 'changed';
  const created = isCheck ? 'would create' : 'created';
  return [
    `cluster ${report.cluster}, lineage ${report.lineage}`,
    ...report.changes.map(
      ({ name, from, to, needsRestart }) =>
        `${verb} ${name}: ${from === '' ? '(empty)' : from} -> ${to}${needsRestart ? '  (needs a restart)' : ''}`,
    ),
    ...report.created.map((what) => `${created} ${what}`),
    ...(report.changes.length + report.created.length === 0 ? ['the server is prepared'] : []),
    ...(report.needsRestart ? ['RESTART PostgreSQL: some settings wait for it.'] : []),
    ...(isCheck ? [] : [`next: holdfast agent --spool ${report.spool} … and keep it running`]),
  ];
}
