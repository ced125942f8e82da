import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import postgres from 'postgres';
import { OpsError } from '../../errors/ops-error.ts';
import type { ConnectionOptions } from './connection.ts';
import { openSocket } from './open-socket.ts';
import { serverName, toSqlError } from './sql-errors.ts';
import { onlyRow } from './sql-session.ts';

/** A session of the replication protocol in which nothing has been asked for yet. */
export interface ReplicationSession {
  /** For the caller alone to write, read and destroy. */
  readonly socket: Socket;
  /** Decimal. */
  readonly systemIdentifier: string;
}

interface SystemRow {
  readonly systemid: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** SQLSTATEs of a role that may not replicate, and of one that pg_hba.conf refuses. */
const REFUSED = new Set(['42501', '28000']);

/**
 * Logs in to the replication protocol.
 *
 * @throws {@link OpsError} `PG-CONNECT`, `PG-FAILED`, `PG-TIMEOUT` after 10 s; the signal's reason.
 * @see https://www.postgresql.org/docs/current/protocol-replication.html
 */
export async function openReplication(
  connection: ConnectionOptions,
  applicationName: string,
  signal: AbortSignal,
): Promise<ReplicationSession> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  const within = AbortSignal.any([timeout, signal]);
  let socket: Socket | undefined;
  const destroy = (): void => void socket?.destroy();
  within.addEventListener('abort', destroy, { once: true });
  try {
    socket = await openSocket(connection, within);
    return { socket, systemIdentifier: await logIn(socket, connection, applicationName) };
  } catch (error) {
    destroy();
    signal.throwIfAborted();
    throw timeout.aborted ? timedOut(connection) : explained(error, connection);
  } finally {
    within.removeEventListener('abort', destroy);
  }
}

/**
 * The driver authenticates over a line that is then taken away from it: it cannot read a base
 * backup, whose messages it runs together and whose last error it drops.
 */
async function logIn(
  socket: Socket,
  { user, database, password }: ConnectionOptions,
  applicationName: string,
): Promise<string> {
  const line = new Duplex({
    read: () => undefined,
    write: (chunk: Uint8Array, _encoding, done) => void socket.write(chunk, done),
  });
  const hear = (chunk: Uint8Array): void => void line.push(Buffer.from(chunk));
  const hangUp = (): void => void line.destroy();
  socket.on('data', hear).once('close', hangUp);
  const lines = [line];
  const transport = { socket: (): Duplex => lines.pop() ?? closedDuringLogin() };
  try {
    const driver = postgres({
      ...transport,
      user,
      database,
      ...(password === undefined ? {} : { password }),
      max: 1,
      max_lifetime: null,
      connect_timeout: CONNECT_TIMEOUT_MS / 1_000,
      fetch_types: false,
      prepare: false,
      onnotice: () => undefined,
      connection: {
        application_name: applicationName,
        replication: 'true',
        // The role's own setting could keep the warnings of damaged pages back.
        client_min_messages: 'warning',
      },
    });
    return onlyRow(await driver.unsafe<SystemRow[]>('IDENTIFY_SYSTEM').simple()).systemid;
  } finally {
    socket.pause().off('data', hear).off('close', hangUp);
    line.destroy();
  }
}

/** The driver asks for a second line when the first one ended. */
function closedDuringLogin(): never {
  throw new OpsError('PG-CONNECT', 'the server closed the connection while a backup logged in', {
    hint: 'is it starting, stopping, or out of connections? see its log',
  });
}

function explained(error: unknown, connection: ConnectionOptions): OpsError {
  const known = toSqlError(error, connection);
  if (!REFUSED.has(String(known.details['sqlState']))) return known;
  return new OpsError(known.code, known.message, {
    cause: error,
    hint: 'the role needs REPLICATION, and a line for the database "replication" in pg_hba.conf',
    details: known.details,
  });
}

function timedOut(connection: ConnectionOptions): OpsError {
  return new OpsError(
    'PG-TIMEOUT',
    `${serverName(connection)} let no backup in within ${CONNECT_TIMEOUT_MS / 1_000} s`,
    { hint: 'is it overloaded, or is the network losing packets? see pg_stat_activity' },
  );
}
