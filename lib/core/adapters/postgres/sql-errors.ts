import postgres from 'postgres';
import type { ErrorCode } from '../../errors/codes.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { ConnectionOptions } from './connection.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
}

/**
 * What SQLSTATEs mean to Holdfast, by code or by its first two characters (its class).
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const BY_STATE: Readonly<Record<string, Meaning>> = {
  '08': { code: 'PG-CONNECT', hint: 'is the server reachable and running?' },
  '22023': { code: 'PG-SETTINGS', hint: 'see the valid values in the view pg_settings' },
  '25006': { code: 'PG-FAILED', hint: 'the server is a standby: name the primary with --host' },
  '28': {
    code: 'PG-CONNECT',
    hint: 'check PGUSER and PGPASSWORD, and the rules of pg_hba.conf on the server',
  },
  '3F000': { code: 'PG-FAILED', hint: 'run "holdfast init" again: its schema is missing' },
  '3D000': { code: 'PG-CONNECT', hint: 'set PGDATABASE to a database that exists' },
  '42501': { code: 'PG-FAILED', hint: 'use a superuser, or grant pg_monitor to the role' },
  '42883': {
    code: 'PG-FAILED',
    hint: 'run "holdfast init" again: a function of its own is missing',
  },
  '42704': { code: 'PG-SETTINGS', hint: 'does this version of PostgreSQL know that name?' },
  '53300': { code: 'PG-CONNECT', hint: 'raise max_connections, or close idle sessions' },
  '55000': {
    code: 'PG-FAILED',
    hint: 'if recovery is in progress there, name the primary with --host',
  },
  '55P02': { code: 'PG-SETTINGS', hint: 'this setting cannot be changed on a running server' },
  '55P03': { code: 'PG-TIMEOUT', hint: 'another session holds a lock: see pg_locks' },
  '57014': { code: 'PG-TIMEOUT', hint: 'see what the server is waiting for in pg_stat_activity' },
  '57P': {
    code: 'PG-CONNECT',
    hint: 'the server is starting, stopping or in recovery: see its log, then try again',
  },
};
const OTHER: Meaning = { code: 'PG-FAILED', hint: "the message is the server's own: see its log" };

/** Hints for failures of the network and of TLS, which carry Node's or the driver's codes. */
const BY_NETWORK_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the server running, and on this port?',
  ENOENT: 'there is no such socket: is the server running, and is PGHOST its socket directory?',
  EACCES: 'this user may not use the socket: run as the user who may, or set PGHOST',
  ENOTFOUND: 'the host name does not resolve: check PGHOST',
  CONNECT_TIMEOUT: 'no answer: check the address, the security group or the firewall',
};
const TLS_HINT = 'check PGHOST, PGPORT, and that the server offers what PGSSLMODE asks for';

/** Gives an error of the driver or the server a code; an {@link OpsError} stays as it is. */
export function toSqlError(error: unknown, connection: ConnectionOptions): OpsError {
  if (error instanceof OpsError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof postgres.PostgresError) {
    const { code: state } = error;
    const meaning =
      BY_STATE[state] ?? BY_STATE[state.slice(0, 3)] ?? BY_STATE[state.slice(0, 2)] ?? OTHER;
    return new OpsError(meaning.code, `the server at ${serverName(connection)} said: ${message}`, {
      cause: error,
      hint: meaning.hint,
      details: { sqlState: state },
    });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '') return new OpsError('INTERNAL', message, { cause: error });
  return new OpsError(
    'PG-CONNECT',
    `cannot reach PostgreSQL at ${serverName(connection)}: ${code}`,
    {
      cause: error,
      hint: BY_NETWORK_CODE[code] ?? TLS_HINT,
      details: { host: connection.host, port: connection.port },
    },
  );
}

/** Names a server for people; carries no credentials. */
export function serverName({ host, port }: ConnectionOptions): string {
  return host.startsWith('/') ? `${host} (socket, port ${port})` : `${host}:${port}`;
}
