import type { Command } from 'commander';
import { openClusterServer } from '../../../lib/core/adapters/postgres/cluster-server.ts';
import { openClusterSetup } from '../../../lib/core/adapters/postgres/cluster-setup.ts';
import { openServerInspector } from '../../../lib/core/adapters/postgres/server-inspector.ts';
import { ALL_CHECKS } from '../../../lib/core/doctor/all-checks.ts';
import type { FactSources } from '../../../lib/core/doctor/facts.ts';
import { type CheckResult, runDoctor } from '../../../lib/core/doctor/run-doctor.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import type { Cli } from '../cli.ts';
import {
  type ServerOptions,
  withLineage,
  withOptionalDataDirectory,
  withOptionalPlaces,
  withServer,
} from '../common-options.ts';
import { doctorLines } from '../doctor/doctor-lines.ts';
import { hostSources } from '../doctor/host-sources.ts';
import type { DoctorPlaces } from '../doctor/places.ts';
import { serverSources } from '../doctor/server-sources.ts';
import { storeSources } from '../doctor/store-sources.ts';
import type { Action, RunAction } from '../verb.ts';

interface DoctorOptions extends ServerOptions {
  readonly store?: string;
  readonly cluster?: string;
  readonly lineage?: string;
  readonly spool?: string;
  readonly dataDir?: string;
  readonly envelopeKey?: string;
}

/** What was refused or lost so often is told while the operator waits, with its cause. */
const QUICK_ATTEMPTS = 3;
/** Any of these names a server. */
const SERVER_VARIABLES = ['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE'];

/** `holdfast doctor`. */
export function addDoctorVerb(program: Command, run: RunAction): Command {
  return withOptionalDataDirectory(
    withServer(withLineage(withOptionalPlaces(program.command('doctor')))),
    "the server's data directory, as seen from here",
  )
    .description('what is wrong, or soon will be, each with its fix; changes nothing')
    .addHelpText(
      'after',
      `
Looks at what it is given: a store, a server, a data directory, a spool, or all
of them. What it could not see is never called ok.
Ends with status 0 when nothing fails, else with ${ERROR_CODES['DOCTOR-FAILED'].exitCode}.`,
    )
    .action(run(doctorVerb));
}

const doctorVerb: Action<DoctorOptions> = async (options, cli) => {
  await using ends = new AsyncDisposableStack();
  const places = findPlaces(options, cli, ends);
  const sources: FactSources = {
    ...hostSources(places),
    ...serverSources(places),
    ...storeSources(places),
  };
  const report = await runDoctor(ALL_CHECKS, sources, cli);
  const checks = report.checks.map(toRow);
  cli.output.result({ ok: report.ok, checks }, doctorLines(report, cli.output.paint));
  return report.ok ? 0 : ERROR_CODES['DOCTOR-FAILED'].exitCode;
};

function findPlaces(options: DoctorOptions, cli: Cli, ends: AsyncDisposableStack): DoctorPlaces {
  const { store: url, cluster, lineage, spool, dataDir, envelopeKey } = options;
  let opening: Promise<ObjectStore> | undefined;
  const open = async (): Promise<ObjectStore> => {
    opening ??= cli.openStore({ store: url ?? '', envelopeKey, attempts: QUICK_ATTEMPTS });
    return opening;
  };
  return {
    cli,
    given: { store: url, cluster, spool, dataDir },
    server: namesServer(options, cli) ? openServer(options, cli, ends) : undefined,
    archive:
      url === undefined || cluster === undefined ? undefined : { url, cluster, lineage, open },
  };
}

/** A store alone can be looked at from anywhere; whoever names no store means the server here. */
function namesServer({ store, host, port, user, dataDir }: DoctorOptions, { env }: Cli): boolean {
  const isNamed = [host, port, user, ...SERVER_VARIABLES.map((name) => env[name])].some(
    (value) => value !== undefined && value !== '',
  );
  return isNamed || dataDir !== undefined || store === undefined;
}

function openServer(
  options: DoctorOptions,
  cli: Cli,
  ends: AsyncDisposableStack,
): DoctorPlaces['server'] {
  const connection = cli.connection(options);
  return {
    cluster: ends.use(openClusterServer(connection)),
    setup: ends.use(openClusterSetup(connection)),
    inspector: ends.use(openServerInspector(connection)),
  };
}

/** A row of the document: its keys are a contract. */
function toRow({ id, area, status, saw, fix, code }: CheckResult): object {
  return { id, area, status, saw, fix: fix ?? null, ...(code !== undefined && { code }) };
}
