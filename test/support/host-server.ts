import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { waitUntilReady } from '../../lib/core/adapters/postgres/server-readiness.ts';
import type { AccessFiles } from '../../lib/core/host/access/plan-hba.ts';
import type { PlannedSetting } from '../../lib/core/host/settings/facts.ts';
import { renderConf } from '../../lib/core/host/settings/render-conf.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import { makeCertificates } from './certificates.ts';
import { freePort } from './free-port.ts';

/** A test's server, configured by files as a host's is. */
export interface HostServer extends AsyncDisposable {
  /** As {@link ADMIN}, over TLS. */
  readonly admin: ConnectionOptions;
  readonly configFile: string;
  /** As it was rendered: paths are those of this machine. */
  readonly settings: ReadonlyMap<string, PlannedSetting>;
}

/** What to start again, and how. */
export interface HostServerOptions {
  readonly instance: PostgresInstance;
  readonly server: AttachedServer;
  /** Gets certificates, configuration and a log. */
  readonly directory: string;
  readonly settings: ReadonlyMap<string, PlannedSetting>;
  /** Must let {@link ADMIN} in from the loopback. */
  readonly access: AccessFiles;
}

/** A superuser of the test's own: a host lets the usual one in as a peer only, whom not every account is. */
export const ADMIN = 'test_admin';
export const PASSWORD = 'sesame';
const READY_MS = 30_000;

/** Starts a running server of a test anew. Disposing it ends it. */
export async function serveAsHost(options: HostServerOptions): Promise<HostServer> {
  const { instance, server, directory, access } = options;
  const statement = `CREATE ROLE ${ADMIN} SUPERUSER LOGIN PASSWORD '${PASSWORD}'`;
  await server.run('psql', ['-XAtq', '-c', statement]);
  await server.stop();
  const { keyFile, certificateFile } = await makeCertificates(directory, 'host');
  const settings = new Map(options.settings);
  const here = {
    ssl_key_file: keyFile,
    ssl_cert_file: certificateFile,
    unix_socket_directories: server.connection.host,
  };
  for (const [name, value] of Object.entries(here)) {
    settings.set(name, { value, why: 'on this machine', origin: 'own' });
  }
  const files = {
    configFile: join(directory, 'postgresql.conf'),
    hbaFile: join(directory, 'pg_hba.conf'),
    identFile: join(directory, 'pg_ident.conf'),
  };
  await writeFile(files.configFile, renderConf(settings));
  await writeFile(files.hbaFile, access.hba);
  await writeFile(files.identFile, access.ident);
  const port = await freePort();
  const running = await instance.start({
    dataDirectory: server.dataDirectory,
    logFile: join(directory, 'host.log'),
    configFile: files.configFile,
    settings: { hba_file: files.hbaFile, ident_file: files.identFile, port: String(port) },
  });
  const admin: ConnectionOptions = {
    host: '127.0.0.1',
    port,
    user: ADMIN,
    database: 'postgres',
    password: PASSWORD,
    sslMode: 'require',
  };
  try {
    await waitUntilReady(running, admin, READY_MS);
  } catch (error) {
    await running.kill();
    throw error;
  }
  return {
    admin,
    configFile: files.configFile,
    settings,
    [Symbol.asyncDispose]: async () => running.kill(),
  };
}
