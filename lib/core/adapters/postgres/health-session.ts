import postgres from 'postgres';
import { OpsError } from '../../errors/ops-error.ts';
import type { Answer, HealthSession, HealthSessions, Refusal } from '../../ports/health-session.ts';
import { type ConnectionOptions, socketPath } from './connection.ts';
import { serverName, toSqlError } from './sql-errors.ts';
import { sslOption } from './tls.ts';

const CONNECT_SEC = 5;
/** Beyond a query's own limit, for the answer's way back. */
const GRACE_MS = 2_000;
/** After which the server ends a transaction that the probe left open, because it was itself ended. */
const IDLE_MS = 5_000;
const LOCK_WAIT_MS = 100;

/** SET, and not sent with the connection: what the server itself has would else be hidden from its checks. */
const LIMITS = Object.entries({
  search_path: 'pg_catalog',
  jit: 'off',
  lock_timeout: LOCK_WAIT_MS,
  default_transaction_read_only: 'on',
  idle_in_transaction_session_timeout: IDLE_MS,
  work_mem: "'4MB'",
  max_parallel_workers_per_gather: 0,
  client_connection_check_interval: "'1s'",
})
  .map(([name, value]) => `SET ${name} = ${value};`)
  .join(' ');

/** SQLSTATEs that say why a query could not see. */
const REFUSALS: Readonly<Record<string, Refusal['refused']>> = {
  '42501': 'right',
  '42P01': 'absent',
  '42703': 'absent',
  '42704': 'absent',
  '42883': 'absent',
  '3F000': 'absent',
  '55000': 'absent',
  '57014': 'slow',
  '55P03': 'slow',
};

/**
 * Sessions for checks. No query may write, wait for a lock, spill a sort to disk or be compiled: a monitor must not be
 * what brings a server down.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */
export function healthSessions(connection: ConnectionOptions): HealthSessions {
  return {
    open: async (database, { signal } = {}) => {
      signal?.throwIfAborted();
      const sql = openDriver({ ...connection, ...(database !== undefined && { database }) });
      try {
        await within(sql.unsafe(LIMITS), CONNECT_SEC * 1_000, connection, signal);
      } catch (error) {
        await sql.end({ timeout: 0 });
        throw toSqlError(error, connection);
      }
      return session(sql, connection);
    },
  };
}

function session(sql: postgres.Sql, connection: ConnectionOptions): HealthSession {
  let limitMs = 0;
  return {
    query: async (statement, timeoutMs, { signal } = {}) => {
      const wanted = Math.max(1, Math.round(timeoutMs));
      const call = async <T>(work: PromiseLike<T>): Promise<T> =>
        within(work, wanted + GRACE_MS, connection, signal);
      try {
        if (wanted !== limitMs) await call(sql.unsafe(`SET statement_timeout = ${wanted}`));
        limitMs = wanted;
        return { rows: [...(await call(sql.unsafe<Record<string, unknown>[]>(statement)))] };
      } catch (error) {
        return refusal(error, connection);
      }
    },
    [Symbol.asyncDispose]: async () => sql.end({ timeout: 0 }),
  };
}

/** What the server said of a query; throws when nothing can be asked any more. */
function refusal(error: unknown, connection: ConnectionOptions): Answer {
  if (!(error instanceof postgres.PostgresError) || /^(08|57P)/.test(error.code)) {
    throw toSqlError(error, connection);
  }
  return { refused: REFUSALS[error.code] ?? 'error', why: error.message };
}

async function within<T>(
  work: PromiseLike<T>,
  limitMs: number,
  connection: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  const ending = Promise.withResolvers<never>();
  const onAbort = (): void => ending.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => ending.reject(silent(connection, limitMs)), limitMs);
  try {
    return await Promise.race([work, ending.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function silent(connection: ConnectionOptions, limitMs: number): OpsError {
  return new OpsError(
    'PG-TIMEOUT',
    `PostgreSQL at ${serverName(connection)} did not answer within ${limitMs / 1_000} s`,
    { hint: 'is it overloaded, or is the network losing packets? see pg_stat_activity' },
  );
}

function openDriver(connection: ConnectionOptions): postgres.Sql {
  const { host, port, user, database, password } = connection;
  return postgres({
    ...(host.startsWith('/') ? { path: socketPath(host, port) } : { host, port }),
    user,
    database,
    ...(password === undefined ? {} : { password }),
    ssl: sslOption(connection),
    max: 1,
    connect_timeout: CONNECT_SEC,
    // A connection that is lost stays lost: what is left to ask is not asked behind the caller's back.
    max_lifetime: null,
    idle_timeout: 0,
    fetch_types: false,
    prepare: false,
    onnotice: () => undefined,
    connection: {
      application_name: 'holdfast_probe',
    },
  });
}
