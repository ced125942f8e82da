import postgres from 'postgres';
import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import { type ConnectionOptions, socketPath } from './connection.ts';
import { serverName, toSqlError } from './sql-errors.ts';
import { sslOption } from './tls.ts';

/** What runs SQL inside {@link withSession}. */
export type Session = postgres.Sql;

/** Options of {@link withSession}. */
export interface SessionOptions extends CallOptions {
  /** Connecting and all statements together. @default 10000 */
  readonly timeoutMs?: number;
  /** Settings of the server that it starts with. @default - no statement may take longer than all */
  readonly settings?: Readonly<Record<string, string | number>>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_SEC = 1;

/**
 * Runs `use` on a connection of its own, which is closed whatever happens: a stuck or aborted call
 * never holds up another one.
 *
 * @throws {@link OpsError} `PG-CONNECT`, `PG-TIMEOUT`, `PG-SETTINGS` or `PG-FAILED`; the signal's
 *   reason when that is aborted.
 */
export async function withSession<T>(
  connection: ConnectionOptions,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  signal?.throwIfAborted();
  const session = openSession(connection, options);
  const ending = Promise.withResolvers<never>();
  const onAbort = (): void => ending.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => ending.reject(timedOut(connection, timeoutMs)), timeoutMs);
  let idle = false;
  try {
    const result = await Promise.race([use(session), ending.promise]);
    idle = true;
    return result;
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw toSqlError(error, connection);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    await session.end({ timeout: idle ? CLOSE_TIMEOUT_SEC : 0 });
  }
}

/** The first row of a query that always gives one. */
export function onlyRow<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined)
    throw new OpsError('INTERNAL', 'a query that always gives a row gave none');
  return row;
}

function openSession(connection: ConnectionOptions, options: SessionOptions): Session {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { settings = { statement_timeout: timeoutMs } } = options;
  const { host, port, user, database, password } = connection;
  return postgres({
    ...(host.startsWith('/') ? { path: socketPath(host, port) } : { host, port }),
    user,
    database,
    ...(password === undefined ? {} : { password }),
    ssl: sslOption(connection),
    max: 1,
    // Sooner than the whole call's deadline, so that silence while connecting is PG-CONNECT.
    connect_timeout: timeoutMs / 2000,
    // The types of arrays are fetched by one more query; none is read here.
    fetch_types: false,
    prepare: false,
    onnotice: () => undefined,
    connection: { application_name: 'holdfast', ...settings },
  });
}

function timedOut(connection: ConnectionOptions, timeoutMs: number): OpsError {
  return new OpsError(
    'PG-TIMEOUT',
    `PostgreSQL at ${serverName(connection)} did not answer within ${timeoutMs / 1000} s`,
    { hint: 'is it overloaded, or is the network losing packets? see pg_stat_activity' },
  );
}
