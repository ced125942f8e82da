import { setTimeout as delay } from 'node:timers/promises';
import { OpsError } from '../../errors/ops-error.ts';
import type { ClusterSetup } from '../../ports/cluster-server.ts';
import type { ConnectionOptions } from './connection.ts';
import { ensureHealthFunctions, lacksHealthFunctions, openDatabases } from './health-functions.ts';
import { ensurePasswordFunction, hasPasswordFunction } from './own-password.ts';
import { execute } from './quoted-statement.ts';
import { sessionCalls } from './session-calls.ts';
import { onlyRow, type Session } from './sql-session.ts';
import { ensureStatementStatistics, lacksStatementStatistics } from './statement-statistics.ts';

/** Settings whose value is a list of names: quoted as one literal, it would be one long name. */
const NAME_LISTS = new Set([
  'local_preload_libraries',
  'session_preload_libraries',
  'shared_preload_libraries',
]);
const RELOAD_POLL_MS = 20;
const RELOAD_POLLS = 250;

/** The server that `connection` reaches, which must log in as a superuser. */
export function openClusterSetup(connection: ConnectionOptions): ClusterSetup {
  const { call, close } = sessionCalls(connection);
  return {
    alterSystem: async (settings, options) =>
      call(options, async (sql) => {
        for (const [name, value] of Object.entries(settings)) await setOne(sql, name, value);
        await reload(sql);
      }),
    ensureRole: async (name, { replication, memberOf, mayCall, settings = {} }, options) =>
      call(options, async (sql) => {
        const present = await roleExists(sql, name);
        const attributes = replication ? 'LOGIN REPLICATION' : 'LOGIN';
        const verb = present ? 'ALTER' : 'CREATE';
        await execute(sql, `${verb} ROLE %I ${attributes}`, [name]);
        for (const group of memberOf) await execute(sql, 'GRANT %I TO %I', [group, name]);
        for (const signature of mayCall) {
          await execute(sql, `GRANT EXECUTE ON FUNCTION pg_catalog.${signature} TO %I`, [name]);
        }
        for (const [setting, value] of Object.entries(settings)) {
          await execute(sql, 'ALTER ROLE %I SET %I = %L', [name, setting, value]);
        }
        return present ? 'present' : 'created';
      }),
    ensureHeartbeat: async (options) =>
      call(options, async (sql) => {
        const present = await heartbeatExists(sql);
        if (present) return 'present';
        await sql.begin(async (transaction) => {
          await transaction`CREATE SCHEMA IF NOT EXISTS holdfast`;
          await transaction`
            CREATE TABLE IF NOT EXISTS holdfast.heartbeat (
              id boolean PRIMARY KEY DEFAULT true CHECK (id),
              beat timestamptz NOT NULL
            )`;
          await transaction`
            INSERT INTO holdfast.heartbeat (beat) VALUES (now()) ON CONFLICT DO NOTHING`;
        });
        return 'created';
      }),
    ensurePasswordFunction: async (role, options) =>
      call(options, async (sql) => ensurePasswordFunction(sql, role)),
    hasPasswordFunction: async (options) => call(options, hasPasswordFunction),
    ensureHealthFunctions: async (role, options) =>
      whereTrue(await call(options, openDatabases), async (database) =>
        call(options, async (sql) => ensureHealthFunctions(sql, role), database),
      ),
    lackingHealthFunctions: async (role, options) =>
      whereTrue(await call(options, openDatabases), async (database) =>
        call(options, async (sql) => lacksHealthFunctions(sql, role), database),
      ),
    ensureStatementStatistics: async (options) => call(options, ensureStatementStatistics),
    lacksStatementStatistics: async (options) => call(options, lacksStatementStatistics),
    hasRole: async (name, options) => call(options, async (sql) => roleExists(sql, name)),
    hasHeartbeat: async (options) => call(options, heartbeatExists),
    beat: async (options) =>
      call(options, async (sql) => {
        await sql`
          INSERT INTO holdfast.heartbeat (beat) VALUES (now())
              ON CONFLICT (id) DO UPDATE SET beat = excluded.beat`;
      }),
    [Symbol.asyncDispose]: close,
  };
}

/** One after the other: each takes a connection. */
async function whereTrue(
  databases: readonly string[],
  ask: (database: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const database of databases) if (await ask(database)) found.push(database);
  return found;
}

async function setOne(sql: Session, name: string, value: string): Promise<void> {
  const isList = NAME_LISTS.has(name);
  if (isList && value === '') {
    // An empty literal would be one library without a name, and no server would start with it.
    await execute(sql, 'ALTER SYSTEM RESET %I', [name]);
    return;
  }
  const values = isList ? value.split(',').map((item) => item.trim()) : [value];
  const literals = values.map(() => '%L').join(', ');
  await execute(sql, `ALTER SYSTEM SET %I = ${literals}`, [name, ...values]);
}

/** Returns once the server has read its files again: a reload only sends a signal. */
async function reload(sql: Session): Promise<void> {
  const before = await loadTime(sql);
  await sql`SELECT pg_reload_conf()`;
  for (let poll = 0; poll < RELOAD_POLLS; poll += 1) {
    if ((await loadTime(sql)) !== before) return;
    await delay(RELOAD_POLL_MS);
  }
  throw new OpsError('PG-TIMEOUT', 'the server has not read its configuration again', {
    hint: "see the server's log for a fault in its configuration files",
  });
}

async function loadTime(sql: Session): Promise<string> {
  const rows = await sql<{ loaded: string }[]>`SELECT pg_conf_load_time()::text AS loaded`;
  return onlyRow(rows).loaded;
}

async function roleExists(sql: Session, name: string): Promise<boolean> {
  const rows = await sql`SELECT FROM pg_roles WHERE rolname = ${name}`;
  return rows.length > 0;
}

async function heartbeatExists(sql: Session): Promise<boolean> {
  const rows = await sql<{ present: boolean }[]>`
    SELECT to_regclass('holdfast.heartbeat') IS NOT NULL AS present`;
  return onlyRow(rows).present;
}
