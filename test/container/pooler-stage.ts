import { chmod, chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePooler } from '../../lib/core/adapters/postgres/pooler-login.ts';
import { withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { POOLER_PORT, POSTGRES_PORT } from '../../lib/core/contract/deployed-names.ts';
import { Pooler, PoolerFile } from '../../lib/core/contract/pooler.ts';
import { poolerFiles } from '../../lib/core/host/pooler/pooler-files.ts';
import { SALT_BYTES, scramVerifier } from '../../lib/core/secrets/scram-verifier.ts';
import { until } from '../support/until.ts';
import { type ContainerHost, makeContainerHost, PLACES, SERVER_NAME } from './container-host.ts';
import { type Ending, logsOf } from './docker.ts';
import { answers, initializeCluster } from './roles.ts';

/** Names of the containers. */
export const SERVER = 'pooled-server';
export const POOLER = 'pooler';
/** Of every role that clients use, so that nobody is refused for a wrong one. */
export const PASSWORD = 'a "password" with quotes';
export const STATS_PASSWORD = 'stats-password-of-a-test';
const LOGIN_PASSWORD = 'login "password" of a test';
const TLS = {
  'key.pem': '/etc/holdfast/tls/server.key',
  'certificate.pem': '/etc/holdfast/tls/server.crt',
} as const;
const ROOTS = { 'roots.pem': '/etc/holdfast/tls/roots.pem' } as const;
/** The tests log in as the superuser over the socket, whatever their own account is. */
const RULES = `
local all postgres trust
hostssl all all samenet scram-sha-256
`;
const SETTINGS = [
  'listen_addresses=*',
  `unix_socket_directories=${PLACES.sockets}`,
  'shared_buffers=64MB',
  'ssl=on',
  `ssl_cert_file=${TLS['certificate.pem']}`,
  `ssl_key_file=${TLS['key.pem']}`,
];
const ANYWHERE = ['0.0.0.0/0'];
const START_MS = 60_000;
const PSQL = 'psql -XAtq -v ON_ERROR_STOP=1';

/** A host with a server that is started as its unit would, and no pooler yet. */
export async function startPooledServer(): Promise<ContainerHost> {
  await using cleanup = new AsyncDisposableStack();
  const host = cleanup.use(await makeContainerHost());
  await initializeCluster(host);
  await writeFile(join(host.folder('data'), 'pgdata/pg_hba.conf'), RULES);
  const { exitCode, stderr } = await serve(host, { name: SERVER, alias: Pooler.SERVER_NAME });
  if (exitCode !== 0) throw new Error(stderr);
  await answers(SERVER);
  cleanup.move();
  return host;
}

/** Runs the role that serves the data directory. */
export async function serve(
  host: ContainerHost,
  named: { readonly name: string; readonly alias?: string },
): Promise<Ending> {
  const words = ['serve', `${PLACES.data}/pgdata`, ...SETTINGS.flatMap((one) => ['-c', one])];
  return host.run(words, {
    ...named,
    network: host.network,
    memory: '512m',
    detach: true,
    volumes: { data: 'rw', sockets: 'rw' },
    files: TLS,
  });
}

/** Makes the pooler's files and role, and starts it. */
export async function startPooler(host: ContainerHost): Promise<void> {
  const salt = Buffer.alloc(SALT_BYTES, 7);
  const pooler = { enabled: true, poolSize: 1, reservePoolSize: 0, maxClients: 20 };
  const files = poolerFiles(
    { pooler, clientCidrs: ANYWHERE },
    { login: LOGIN_PASSWORD, stats: STATS_PASSWORD, salt },
  );
  const folder = host.folder('pooler');
  const { uid, gid } = await stat(folder);
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await chown(join(folder, name), uid, gid);
    await chmod(join(folder, name), 0o600);
  }
  await withSession(superuser(host), {}, async (sql) =>
    ensurePooler(sql, scramVerifier(LOGIN_PASSWORD, salt)),
  );
  const { exitCode, stderr } = await host.run(
    ['pgbouncer', `${Pooler.DIRECTORY}/${PoolerFile.CONFIG}`],
    {
      name: POOLER,
      network: host.network,
      alias: SERVER_NAME,
      detach: true,
      volumes: { pooler: 'ro' },
      files: { ...TLS, ...ROOTS },
    },
  );
  if (exitCode !== 0) throw new Error(stderr);
  const isUp = async (): Promise<boolean> => (await logsOf(POOLER)).includes('process up');
  await until('the pooler is up', isUp, START_MS).catch(async (cause: unknown) => {
    throw new Error(await logsOf(POOLER), { cause });
  });
}

/** Runs statements as the superuser, over the socket. */
export async function asSuperuser(host: ContainerHost, statements: string): Promise<void> {
  await withSession(superuser(host), {}, async (sql) => sql.unsafe(statements).simple());
}

/** Who connects, and what it does. */
export interface ClientOptions {
  readonly user: string;
  /** For psql. */
  readonly script: string;
  readonly password?: string;
  readonly database?: string;
  /** @default 'verify-full' */
  readonly sslMode?: string;
  /** Where the pooler is asked from. @default - another container, by the server's name */
  readonly from?: 'elsewhere' | 'its own network namespace';
  /** Runs it in the background. */
  readonly name?: string;
}

/** Runs psql in a container of its own, through the pooler. */
export async function client(host: ContainerHost, options: ClientOptions): Promise<Ending> {
  const { user, script, password = PASSWORD, database = 'postgres' } = options;
  const { sslMode = 'verify-full', from = 'elsewhere', name } = options;
  const isElsewhere = from === 'elsewhere';
  return host.run(['-c', `printf %s "$1" | ${PSQL}`, 'sh', script], {
    entrypoint: 'sh',
    ...(name === undefined ? {} : { name, detach: true }),
    network: isElsewhere ? host.network : `container:${POOLER}`,
    files: ROOTS,
    env: {
      PGHOST: isElsewhere ? SERVER_NAME : '127.0.0.1',
      PGPORT: String(POOLER_PORT),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      PGSSLMODE: isElsewhere ? sslMode : 'verify-ca',
      PGSSLROOTCERT: ROOTS['roots.pem'],
    },
  });
}

/** Starts the role that measures the pooler. */
export async function startPoolerMetrics(host: ContainerHost, name: string): Promise<Ending> {
  return host.run(['pooler-metrics'], {
    name,
    detach: true,
    network: `container:${POOLER}`,
    volumes: { pooler: 'ro' },
    files: ROOTS,
    env: { HOLDFAST_ENVIRONMENT: 'test', HOLDFAST_CLUSTER: 'orders' },
  });
}

function superuser(host: ContainerHost): Parameters<typeof withSession>[0] {
  const socket = host.folder('sockets');
  return { host: socket, port: POSTGRES_PORT, user: 'postgres', database: 'postgres' };
}
