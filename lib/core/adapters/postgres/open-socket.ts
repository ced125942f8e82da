import { once } from 'node:events';
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OpsError } from '../../errors/ops-error.ts';
import { type ConnectionOptions, socketPath } from './connection.ts';
import { serverName } from './sql-errors.ts';
import { type SslOption, sslOption } from './tls.ts';

/** @see https://www.postgresql.org/docs/current/protocol-message-formats.html SSLRequest */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const ACCEPTED = 'S';
const KEEP_ALIVE_AFTER_MS = 60_000;
/** No less than what a socket of the system holds back unless told otherwise: 208 KiB on Linux. */
const RECEIVE_BYTES = 256 * 1024;

/**
 * Opens the socket that a session of PostgreSQL's protocol begins on, encrypted as `connection`
 * asks for. A later error of it is met by whoever reads it.
 *
 * It is to be read by its `data` events alone, whose chunks are valid until the next one unless the
 * socket is paused: without encryption, all are received in the same buffer. Buffers of their own
 * cost a base backup a tenth of its time, most of it for collecting them as garbage.
 *
 * @throws {@link OpsError} `PG-CONNECT` when the server refuses the encryption asked for; errors of
 *   the network and of TLS, and an `AbortError`, as they are.
 */
export async function openSocket(
  connection: ConnectionOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port } = connection;
  const ssl = sslOption(connection);
  const place = host.startsWith('/') ? { path: socketPath(host, port) } : { host, port };
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafe(RECEIVE_BYTES),
    callback: (bytes, buffer) =>
      socket.emit('data', Buffer.from(buffer.buffer, buffer.byteOffset, bytes)),
  };
  const socket = connect(ssl === false ? { ...place, onread } : place);
  try {
    await once(socket, 'connect', { signal });
    socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
    const session = ssl === false ? socket : await encrypted(socket, ssl, connection, signal);
    session.on('error', () => undefined);
    return session;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function encrypted(
  socket: Socket,
  ssl: Exclude<SslOption, false>,
  connection: ConnectionOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const { host } = connection;
  socket.write(SSL_REQUEST);
  const [answer]: unknown[] = await once(socket, 'data', { signal });
  // More than the one byte would have been said by someone in between, ahead of the encryption.
  if (String(answer) !== ACCEPTED) {
    if (ssl === 'prefer' && String(answer).length === 1) return socket;
    throw new OpsError('PG-CONNECT', `${serverName(connection)} does not offer TLS`, {
      hint: 'check PGHOST and PGPORT, and "ssl" in its configuration, or choose another PGSSLMODE',
    });
  }
  const session = connectTls({
    socket,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ssl === 'prefer' ? { rejectUnauthorized: false } : ssl),
  });
  await once(session, 'secureConnect', { signal });
  return session;
}
