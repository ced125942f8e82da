import { TLSSocket } from 'node:tls';
import type { CallOptions } from '../../ports/object-store.ts';
import type { ConnectionOptions } from './connection.ts';
import { openSocket } from './open-socket.ts';
import { toSqlError } from './sql-errors.ts';

const LOOK_MS = 5_000;

/**
 * Until when the certificate holds that a server shows; `undefined` where the connection is not encrypted. Whoever signed
 * it, and whether it has ended, does not matter: nothing is sent over this connection.
 *
 * @throws {@link OpsError} `PG-CONNECT` when there is no connection.
 */
export async function servedCertificate(
  connection: ConnectionOptions,
  { signal }: CallOptions = {},
): Promise<{ readonly endsAt: Date } | undefined> {
  const overdue = AbortSignal.timeout(LOOK_MS);
  const ends = signal === undefined ? overdue : AbortSignal.any([signal, overdue]);
  try {
    const socket = await openSocket(unverified(connection), ends);
    try {
      if (!(socket instanceof TLSSocket)) return undefined;
      const endsAt = socket.getPeerX509Certificate()?.validToDate;
      return endsAt === undefined ? undefined : { endsAt };
    } finally {
      socket.destroy();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw toSqlError(error, connection);
  }
}

function unverified(connection: ConnectionOptions): ConnectionOptions {
  const { sslMode = 'prefer' } = connection;
  const wantsTls = sslMode === 'require' || sslMode.startsWith('verify');
  return {
    ...connection,
    sslMode: wantsTls ? 'require' : sslMode,
    sslRootCert: undefined,
    sslRoots: undefined,
  };
}
