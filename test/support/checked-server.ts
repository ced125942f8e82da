import postgres from 'postgres';
import { beforeAll } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { HealthThresholds } from '../../lib/core/config/health-thresholds.ts';
import type { SqlCheck } from '../../lib/core/health/check.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import type { Sample } from '../../lib/core/health/known.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { checkOf, probeOnce, type ProbeWorld } from './health-probe.ts';
import { testServer, type TestServer } from './postgres-server.ts';

/** A server as `init` leaves it to its monitoring role, and the checks of a test file. */
export interface CheckedServer {
  readonly it: () => TestServer;
  sql(statement: string, database?: string): Promise<string>;
  /** Runs a check as the monitoring role, or as another that may log in. */
  probe(id: string, world?: ProbeWorld, user?: string): Promise<CheckResult>;
  /** Does something while nobody but a superuser may look at a relation of the catalogue. */
  whileHidden(relation: string, work: () => Promise<unknown>): Promise<void>;
  /** A session that stays open until it is disposed. */
  open(): OpenSession;
}

export interface OpenSession extends AsyncDisposable {
  run(statement: string): Promise<unknown>;
}

/** A role without any right of its own, made on every such server. */
const STRANGER = 'stranger';

export function checkedServer(
  checks: readonly SqlCheck[],
  options: Parameters<typeof testServer>[0] = {},
): CheckedServer {
  const it = testServer(options);
  const sql = async (statement: string, database = 'postgres'): Promise<string> =>
    it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement], {
      environment: { PGDATABASE: database },
    });
  beforeAll(async () => {
    const setup = openClusterSetup(it().server.connection);
    await ensureRoles(setup, it().instance.major, {});
    await setup.ensureHealthFunctions(MONITOR);
    await sql(`CREATE ROLE ${STRANGER} LOGIN`);
  });
  return {
    it,
    sql,
    probe: async (id, world, user = MONITOR) =>
      probeOnce(checkOf(checks, id), { ...it().server.connection, user }, world),
    whileHidden: async (relation, work) => {
      await sql(`REVOKE ALL ON ${relation} FROM PUBLIC`);
      try {
        await work();
      } finally {
        await sql(`GRANT SELECT ON ${relation} TO PUBLIC`);
      }
    },
    open: () => {
      const { host, port, user, database } = it().server.connection;
      const driver = postgres({
        path: `${host}/.s.PGSQL.${port}`,
        user,
        database,
        max: 1,
        fetch_types: false,
        onnotice: () => undefined,
      });
      return {
        run: async (statement) => driver.unsafe(statement),
        [Symbol.asyncDispose]: async () => driver.end({ timeout: 0 }),
      };
    },
  };
}

/** What a run leaves to one that comes `sec` later. */
export function leftBy({ counters }: CheckResult, sec = 60): Sample {
  if (counters === undefined) throw new Error('it left no counters');
  return { at: new Date(Date.now() - sec * 1_000), counters };
}

/** The defaults, but for those named. */
export function thresholds(
  changed: Parameters<typeof HealthThresholds.parse>[0],
): HealthThresholds {
  return HealthThresholds.parse(changed);
}
