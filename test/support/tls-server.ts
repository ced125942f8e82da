import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { waitUntilReady } from '../../lib/core/adapters/postgres/server-readiness.ts';
import type { PostgresInstance, RunningServer } from '../../lib/core/ports/postgres-instance.ts';
import { makeCertificates } from './certificates.ts';
import { freePort } from './free-port.ts';

/** A test's server, which lets roles in over the network as a deployed one does. */
export interface TlsServer extends AsyncDisposable {
  /** By this name its certificate is valid. */
  readonly host: string;
  readonly port: number;
  /** The certificate of whoever signed its own, in PEM. */
  readonly roots: string;
  readonly running: RunningServer;
  /** As the superuser, over the socket. */
  sql(statement: string): Promise<string>;
}

/** What to start again, and how. */
export interface TlsServerOptions {
  readonly instance: PostgresInstance;
  readonly server: AttachedServer;
  /** Gets certificates and a log. */
  readonly directory: string;
  /** Above the server's own. @default - none */
  readonly settings?: Readonly<Record<string, string>>;
}

const READY_MS = 30_000;
/** Only encrypted, and only by a password. Over the socket the superuser needs none, the others do. */
const RULES = `
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl replication all 127.0.0.1/32 scram-sha-256
local all postgres trust
local all all scram-sha-256
`;

/** Starts a running server of a test anew, on the loopback too. Disposing it ends it. */
export async function serveOverTls(options: TlsServerOptions): Promise<TlsServer> {
  const { instance, server, directory, settings } = options;
  const { roots, keyFile, certificateFile } = await makeCertificates(directory, 'authority');
  const { dataDirectory, connection } = server;
  const port = await freePort();
  await server.stop();
  await writeFile(join(dataDirectory, 'pg_hba.conf'), RULES);
  const running = await instance.start({
    dataDirectory,
    logFile: join(directory, 'tls.log'),
    settings: {
      ...settings,
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: connection.host,
      ssl: 'on',
      ssl_key_file: keyFile,
      ssl_cert_file: certificateFile,
    },
  });
  await waitUntilReady(running, { ...connection, port }, READY_MS);
  return {
    host: 'localhost',
    port,
    roots,
    running,
    sql: async (statement) =>
      server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement], {
        environment: { PGPORT: String(port) },
      }),
    [Symbol.asyncDispose]: async () => running.kill(),
  };
}
