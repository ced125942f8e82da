import type { Command } from 'commander';
import { openClusterSetup } from '../../../lib/core/adapters/postgres/cluster-setup.ts';
import { readControlFile } from '../../../lib/core/adapters/postgres/control-data.ts';
import { folderSpoolMaker } from '../../../lib/core/adapters/wal/folder-spool-maker.ts';
import { quoteForShell } from '../../../lib/core/shell/shell-word.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { type InitReport, runInit } from '../../../lib/core/init/run-init.ts';
import type { ClusterServer } from '../../../lib/core/ports/cluster-server.ts';
import type { Cli } from '../cli.ts';
import {
  countBetween,
  type ServerOptions,
  type StoreOptions,
  withOptionalDataDirectory,
  withServer,
  withSpool,
  withStore,
} from '../common-options.ts';
import { assertSameSystem } from '../same-system.ts';
import type { Action, RunAction } from '../verb.ts';

interface InitVerbOptions extends StoreOptions, ServerOptions {
  readonly spool: string;
  readonly dataDir?: string;
  readonly archiveTimeout: number;
  readonly replaceArchiveCommand?: true;
  readonly moveArchive?: true;
  readonly newLineage?: true;
  readonly oneShot: boolean;
  readonly check?: true;
}

const DEFAULT_ARCHIVE_TIMEOUT_SEC = 60;
/** @see https://www.postgresql.org/docs/15/runtime-config-wal.html#GUC-ARCHIVE-TIMEOUT */
const MAX_ARCHIVE_TIMEOUT_SEC = 1_073_741_823;

/** `holdfast init`. */
export function addInitVerb(program: Command, run: RunAction): Command {
  return withOptionalDataDirectory(
    withServer(withSpool(withStore(program.command('init')))),
    'its data directory as seen from here, if elsewhere',
  )
    .description(
      'prepare a running server: settings, roles and their functions, heartbeat table, identity in the store',
    )
    .option(
      '--archive-timeout <seconds>',
      'longest that a quiet server keeps a commit to itself',
      countBetween(1, MAX_ARCHIVE_TIMEOUT_SEC),
      DEFAULT_ARCHIVE_TIMEOUT_SEC,
    )
    .option(
      '--replace-archive-command',
      "put Holdfast in the place of another tool's archive_command",
    )
    .option('--move-archive', 'this server archives to another store or cluster from now on')
    .option('--new-lineage', 'the cluster begins anew: after pg_upgrade or a new initdb')
    .option(
      '--no-one-shot',
      'the archive script only asks for a push: something else serves the requests in the spool',
    )
    .option('--check', 'only report what would change')
    .action(run(initVerb));
}

const initVerb: Action<InitVerbOptions> = async (options, cli) => {
  const { clock, output, signal } = cli;
  const store = await cli.openStore(options);
  await using server = cli.openServer(options);
  await using setup = openClusterSetup(cli.connection(options));
  const dataDirectory = await findDataDirectory(options, server, cli);
  const request = {
    cluster: options.cluster,
    spool: options.spool,
    dataDirectory,
    archiveTimeoutSec: options.archiveTimeout,
    ...(options.oneShot && { oneShot: oneShotCommand(options, dataDirectory, cli) }),
    replaceArchiveCommand: options.replaceArchiveCommand === true,
    moveArchive: options.moveArchive === true,
    newLineage: options.newLineage === true,
  };
  const deps = { server, setup, store, spools: folderSpoolMaker, clock, signal };
  const plan = await runInit({ ...request, check: true }, deps);
  if (options.check === true) {
    output.result(plan, reportLines(plan, 'would '));
    return plan.ok ? 0 : ERROR_CODES['PG-SETTINGS'].exitCode;
  }
  for (const line of reportLines(plan, 'will ')) output.note(line);
  const report = await runInit({ ...request, check: false }, deps);
  output.result(report, [
    report.needsRestart
      ? 'Done. RESTART PostgreSQL now: some settings wait for it.'
      : 'Done: the server is prepared.',
    'Then run this as the account of PostgreSQL, and keep it running:',
    `  holdfast agent ${placeOptions(options, dataDirectory).map(quoteIfNeeded).join(' ')}`,
  ]);
  return 0;
};

/** The data directory as seen from here, proven to be the server's: its account will own the spool. */
async function findDataDirectory(
  options: InitVerbOptions,
  server: ClusterServer,
  { signal }: Cli,
): Promise<string> {
  const about = await server.describe({ signal });
  const name = options.dataDir ?? about.dataDirectory;
  const { systemIdentifier } = await readControlFile(name, { signal });
  const answering = { name: 'the server that answers', systemIdentifier: about.systemIdentifier };
  assertSameSystem({ name, systemIdentifier }, answering);
  return name;
}

/** What the archive script runs while the agent is silent: this very program and runtime. */
function oneShotCommand(
  options: InitVerbOptions,
  dataDirectory: string,
  { program }: Cli,
): readonly string[] {
  const place = placeOptions(options, dataDirectory);
  return [process.execPath, program, 'wal-push', '--drain', ...place];
}

function placeOptions(
  { store, cluster, spool, kmsKey, envelopeKey }: InitVerbOptions,
  dataDirectory: string,
): readonly string[] {
  const words = ['--store', store, '--cluster', cluster, '--spool', spool];
  const key = kmsKey === undefined ? [] : ['--kms-key', kmsKey];
  const seal = envelopeKey === undefined ? [] : ['--envelope-key', envelopeKey];
  return [...words, '--data-dir', dataDirectory, ...key, ...seal];
}

function quoteIfNeeded(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quoteForShell(word);
}

function reportLines(report: InitReport, tense: 'would ' | 'will '): readonly string[] {
  return [
    `cluster ${report.cluster}, lineage ${report.lineage}`,
    ...report.changes.map(
      ({ name, from, to, needsRestart }) =>
        `${tense}change ${name}: ${from === '' ? '(empty)' : from} -> ${to}${needsRestart ? ' (needs a restart)' : ''}`,
    ),
    ...report.created.map((what) => `${tense}create ${what}`),
    ...(report.changes.length + report.created.length === 0 ? ['nothing is left to change'] : []),
    ...(report.needsRestart ? ['RESTART NEEDED: some settings wait for it'] : []),
  ];
}
