import { healthSessions } from '../../lib/core/adapters/postgres/health-session.ts';
import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { HealthThresholds } from '../../lib/core/config/health-thresholds.ts';
import type { DatabaseCheck, ServerCheck } from '../../lib/core/health/check.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import type { ClusterFacts, Known, Sample } from '../../lib/core/health/known.ts';
import { readServerFacts } from '../../lib/core/health/read-server-facts.ts';
import { runDatabaseChecks, runServerChecks } from '../../lib/core/health/run-sql-checks.ts';

/** What a test says of the cluster, and of the run before. */
export interface ProbeWorld {
  readonly cluster?: Partial<ClusterFacts>;
  readonly before?: Sample | undefined;
  readonly thresholds?: HealthThresholds;
  /** Of the probe's own clock; that of the machine by default. */
  readonly now?: Date;
}

export const THRESHOLDS = HealthThresholds.parse({});
const CLUSTER: ClusterFacts = {
  cluster: 'orders',
  volumeBytes: 100 * 1024 ** 3,
  isWriter: true,
  rpoSec: 300,
};
const PATIENCE_MS = 30_000;

/** Runs one check on a real server, as the role that `connection` names. */
export async function probeOnce(
  check: ServerCheck | DatabaseCheck,
  connection: ConnectionOptions,
  world: ProbeWorld = {},
): Promise<CheckResult> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const sessions = healthSessions(connection);
  await using session = await sessions.open(undefined, { signal });
  const known: Known = {
    now: world.now ?? systemClock.now(),
    server: await readServerFacts(session, { signal }),
    cluster: { ...CLUSTER, ...world.cluster },
    thresholds: world.thresholds ?? THRESHOLDS,
    before: world.before,
  };
  const run = { known, clock: systemClock, signal };
  const [result] =
    check.from === 'server'
      ? await runServerChecks([check], session, run)
      : await runDatabaseChecks([check], sessions, run);
  if (result === undefined) throw new Error(`${check.id} came to nothing`);
  return result;
}

/** The row of a table with this id. */
export function checkOf<C extends { readonly id: string }>(checks: readonly C[], id: string): C {
  const found = checks.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no check ${id}`);
  return found;
}
