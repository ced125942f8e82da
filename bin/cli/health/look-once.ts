import { healthSessions } from '../../../lib/core/adapters/postgres/health-session.ts';
import { servedCertificate } from '../../../lib/core/adapters/postgres/served-certificate.ts';
import { HealthThresholds } from '../../../lib/core/config/health-thresholds.ts';
import type { Tier } from '../../../lib/core/contract/health-metrics.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { DATABASE_CHECKS } from '../../../lib/core/health/all-checks.ts';
import { afterRun, type ProbeState } from '../../../lib/core/health/probe-memory.ts';
import {
  type ProbeChecks,
  type ProbeContext,
  type ProbeRun,
  runProbe,
} from '../../../lib/core/health/probe-run.ts';
import type { Cli } from '../cli.ts';
import type { ServerOptions, StoreOptions } from '../common-options.ts';

/** Options of `health` that say where to look, and at what. */
export interface HealthPlace extends ServerOptions, Partial<StoreOptions> {
  readonly tier?: Tier;
}

/** What a look found, and what the next one compares with. */
export interface HealthLook {
  readonly run: ProbeRun;
  readonly state: ProbeState;
}

/** Of what is compared with the look before, so much has to have passed. */
const PAUSE_MS = 2_000;
/** Of committed work, as in a deployment that says nothing of it. */
const USUAL_RPO_SEC = 300;

/** Runs every check; those that compare two runs twice, unless there was a look before. */
export async function lookOnce(
  place: HealthPlace,
  cli: Cli,
  before: ProbeState,
): Promise<HealthLook> {
  const context = contextOf(place, cli);
  const checks = only(
    DATABASE_CHECKS,
    ({ tier }) => place.tier === undefined || tier === place.tier,
  );
  const first = await runProbe(checks, before, context);
  const state = afterRun(before, first);
  const waiting = new Set(first.results.filter(isWaiting).map(({ id }) => id));
  if (waiting.size === 0) return { run: first, state };
  await cli.clock.sleep(PAUSE_MS, cli.signal);
  const second = await runProbe(
    only(checks, ({ id }) => waiting.has(id)),
    state,
    context,
  );
  const again = new Map(second.results.map((result) => [result.id, result]));
  const results = first.results.map((result) => again.get(result.id) ?? result);
  return { run: { ...first, results }, state: afterRun(state, second) };
}

function contextOf(place: HealthPlace, cli: Cli): ProbeContext {
  const connection = cli.connection(place);
  const { store, cluster = 'unnamed', kmsKey, envelopeKey } = place;
  return {
    cluster: { cluster, volumeBytes: undefined, isWriter: true, rpoSec: USUAL_RPO_SEC },
    thresholds: HealthThresholds.parse({}),
    sessions: healthSessions(connection),
    certificate: async (options) => servedCertificate(connection, options),
    store: async () => {
      if (store === undefined) throw noStore();
      return cli.openStore({
        store,
        ...(kmsKey && { kmsKey }),
        ...(envelopeKey && { envelopeKey }),
      });
    },
    clock: cli.clock,
    signal: cli.signal,
  };
}

function only(
  { sql, facts }: ProbeChecks,
  isWanted: (check: { readonly id: string; readonly tier: Tier }) => boolean,
): ProbeChecks {
  return { sql: sql.filter(isWanted), facts: facts.filter(isWanted) };
}

function isWaiting({ standing }: { readonly standing: string }): boolean {
  return standing === 'waiting';
}

function noStore(): OpsError {
  return new OpsError('STORE-MISSING', 'no store was given', {
    hint: 'add --store and --cluster, or set HOLDFAST_STORE and HOLDFAST_CLUSTER',
  });
}
