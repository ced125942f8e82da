import postgres from 'postgres';
import { beforeAll } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { socketPath } from '../../lib/core/adapters/postgres/connection.ts';
import type { SqlCheck } from '../../lib/core/health/check.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { probeOnce, type ProbeWorld } from './health-probe.ts';
import { testServer, type TestServer } from './postgres-server.ts';

/** Who does something, and where. */
export interface Place {
  /** @default 'postgres' */
  readonly user?: string;
  /** @default 'postgres' */
  readonly database?: string;
  /** @default - none */
  readonly app?: string;
}

/** A session that stays until it is closed, in whatever state its statements left it. */
export interface OpenSession extends AsyncDisposable {
  /** The server's process. */
  readonly pid: number;
  /** Of several statements, which are sent at once; a transaction that they begin stays open. */
  run(statements: string): Promise<void>;
}

/** A server as `init` leaves it, with a role `stranger` that may do nothing but log in. */
export interface WatchedServer {
  readonly it: () => TestServer;
  readonly sql: (statement: string, place?: Place) => Promise<string>;
  /** Runs a check as the monitoring role, or as another. */
  readonly probe: (check: SqlCheck, world?: ProbeWorld, user?: string) => Promise<CheckResult>;
  readonly open: (place?: Place) => Promise<OpenSession>;
}

/** One for the whole test file. */
export function watchedServer(options: Parameters<typeof testServer>[0] = {}): WatchedServer {
  const it = testServer(options);
  const sql: WatchedServer['sql'] = async (statement, { user, database } = {}) =>
    it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement], {
      environment: { PGUSER: user ?? 'postgres', PGDATABASE: database ?? 'postgres' },
    });

  beforeAll(async () => {
    await using setup = openClusterSetup(it().server.connection);
    await ensureRoles(setup, it().instance.major, {});
    await setup.ensureHealthFunctions(MONITOR);
    await sql('CREATE ROLE stranger LOGIN');
  });

  return {
    it,
    sql,
    probe: async (check, world, user = MONITOR) =>
      probeOnce(check, { ...it().server.connection, user }, world),
    open: async (place) => openSession(it(), place),
  };
}

async function openSession({ server }: TestServer, place: Place = {}): Promise<OpenSession> {
  const { host, port } = server.connection;
  const { user = 'postgres', database = 'postgres', app = 'a-test' } = place;
  const sql = postgres({
    path: socketPath(host, port),
    user,
    database,
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: app },
  });
  const [row] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return {
    pid: row?.pid ?? 0,
    run: async (statements) => {
      await sql.unsafe(statements);
    },
    [Symbol.asyncDispose]: async () => sql.end({ timeout: 0 }),
  };
}
