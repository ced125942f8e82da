import { type Command, InvalidArgumentError, Option } from 'commander';
import { readMarker, writeMarker } from '../../../lib/core/adapters/host/volume-files.ts';
import { findPrograms } from '../../../lib/core/adapters/postgres/find-programs.ts';
import { openUpgradeSite } from '../../../lib/core/adapters/postgres/upgrade/local-upgrade-site.ts';
import { runUpgrade } from '../../../lib/core/host/upgrade/run-upgrade.ts';
import { undoUpgrade, type UpgradeDeps } from '../../../lib/core/host/upgrade/settle-upgrade.ts';
import { UPGRADE_MODES, type UpgradeMode } from '../../../lib/core/host/upgrade/upgrade-journal.ts';
import { openLineage } from '../../../lib/core/store/lineage.ts';
import { claimWriter } from '../../../lib/core/store/writer-epoch.ts';
import type { Cli } from '../cli.ts';
import {
  countBetween,
  type StoreOptions,
  withDataDirectory,
  withOptionalStore,
} from '../common-options.ts';
import { clusterIdentity } from '../shipping.ts';
import type { Action, RunAction } from '../verb.ts';

interface UpgradeOptions extends Partial<StoreOptions> {
  readonly dataDir: string;
  readonly to?: number;
  readonly mode: UpgradeMode;
  readonly volume?: string;
  readonly user: string;
  readonly jobs: number;
  readonly set?: Readonly<Record<string, string>>;
  readonly rollback?: true;
  readonly execute?: true;
}

const MAX_JOBS = 256;
const MAX_MAJOR = 99;
const EXAMPLES = `
The server must be stopped, and the programs of both versions be on this machine.
Without --execute a new cluster is made, pg_upgrade checks both, and the new one is
removed again. With it the new cluster takes the place, and the old one is kept
beside it, as <directory>.<old version>.

Afterwards the cluster begins a new lineage: "holdfast init --new-lineage" with a
spool of its own, the agent, "holdfast backup" at once.`;

/** `holdfast upgrade`. */
export function addUpgradeVerb(program: Command, run: RunAction): Command {
  const verb = program
    .command('upgrade')
    .description('bring a stopped cluster to another major version, or take that back');
  return withOptionalStore(withDataDirectory(verb, "the stopped cluster's own"))
    .option(
      '--to <major>',
      'version to upgrade to; else the first one found',
      countBetween(1, MAX_MAJOR),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'copy: slow, needs the room twice, can be taken back; clone: as copy, on file systems that share blocks; link: fast, and no way back',
      )
        .choices(UPGRADE_MODES)
        .default('copy'),
    )
    .option('--volume <directory>', "a host's data volume, whose marker names the lineage")
    .option('--user <name>', 'superuser that initdb made in the old cluster', 'postgres')
    .option('--jobs <number>', 'databases worked on at once', countBetween(1, MAX_JOBS), 1)
    .addOption(
      new Option(
        '--set <name=value>',
        'a setting of both servers meanwhile, such as shared_preload_libraries; once for each',
      ).argParser<Readonly<Record<string, string>> | undefined>(addSetting),
    )
    .option('--rollback', 'put the old cluster back; what was written since is only in the new one')
    .option('--execute', 'do it; without this pg_upgrade only checks, and nothing stays')
    .addHelpText('after', EXAMPLES)
    .action(run(upgradeVerb));
}

const upgradeVerb: Action<UpgradeOptions> = async (options, cli) => {
  const { output, signal } = cli;
  const site = await openUpgradeSite(options.dataDir);
  const deps: UpgradeDeps = {
    site,
    signal,
    said: (line) => output.note(line),
    nameLineage: options.volume === undefined ? undefined : nameLineageOn(options.volume),
    writeAgain: options.store === undefined ? undefined : writeAgain(options, cli),
  };
  const execute = options.execute === true;
  if (options.rollback === true) {
    const result = await undoUpgrade(execute, deps);
    const { dataDirectory, from, to, lineage, undone, moves } = result;
    output.result({ ...result, dataDir: dataDirectory }, [
      ...moves.map((move) =>
        move.kind === 'rename' ? `move  ${move.from}\n      to ${move.to}` : '',
      ),
      '',
      ...(execute
        ? [
            `${dataDirectory} is the cluster of PostgreSQL ${from} again, lineage ${lineage}`,
            `what was written by PostgreSQL ${to} is kept in ${undone}, and in its lineage of the store`,
            'Give the old server its spool back, and start it and its agent with your own units.',
          ]
        : ['Nothing was done: add --execute to take the upgrade back.']),
    ]);
    return 0;
  }
  const to = options.to ?? (await findPrograms()).major;
  const { mode, user, jobs, set = {} } = options;
  const result = await runUpgrade({ to, mode, user, jobs, settings: set }, execute, deps);
  const { dataDirectory, from, kept, oldLineage, lineage, notes } = result;
  output.result({ ...result, dataDir: dataDirectory, mode }, [
    ...notes.map((note) => `note  ${note}`),
    ...(result.executed
      ? [
          `${dataDirectory} is a cluster of PostgreSQL ${to} now, lineage ${lineage}`,
          `the old one, lineage ${oldLineage}, is kept in ${kept}`,
          'Begin its lineage now: "holdfast init --new-lineage" with a spool of its own, the agent, "holdfast backup".',
        ]
      : [
          `pg_upgrade would bring ${dataDirectory} from PostgreSQL ${from} to ${to}`,
          'Nothing stays of the check: add --execute to upgrade.',
        ]),
  ]);
  return 0;
};

/** The host's boot starts no other lineage than the one that its volume names. */
function nameLineageOn(volume: string): (lineage: string) => Promise<void> {
  return async (lineage) => writeMarker(volume, { ...(await readMarker(volume)), lineage });
}

/** A writer of the other lineage may be younger, and would be taken for the current one. */
function writeAgain(
  { store: url, cluster, kmsKey, envelopeKey, dataDir }: UpgradeOptions,
  cli: Cli,
): () => Promise<void> {
  return async () => {
    const { clock, log, signal } = cli;
    const identity = clusterIdentity(dataDir);
    const { systemIdentifier, major, timeline } = await identity.controlData({ signal });
    const store = await cli.openStore({ store: url ?? '', kmsKey, envelopeKey });
    const lineage = await openLineage(
      store,
      { cluster: cluster ?? '', systemIdentifier, major },
      { signal },
    );
    const self = { ...(await identity.self({ signal })), timeline };
    await claimWriter({ store, lineage, clock, log, signal, anew: true }, self, 'rollback');
  };
}

function addSetting(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [name = '', ...value] = text.split('=');
  if (!/^\w+(\.\w+)?$/.test(name) || value.length === 0) {
    throw new InvalidArgumentError('give name=value.');
  }
  return { ...before, [name]: value.join('=') };
}
