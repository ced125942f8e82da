import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import {
  BACKUP_ROLE,
  type ContainerHost,
  PLACES,
  SERVER_NAME,
  type Volume,
} from './container-host.ts';
import { docker, type Ending, logsOf } from './docker.ts';

export const CLUSTER = 'orders';
const STORE_URL = `file://${PLACES.store}`;
/** Below the volume, where a restore makes it. */
const DATA_DIRECTORY = 'pgdata';
const AWS = { name: 'aws.test', port: 8080 };
const STAND_IN = join(import.meta.dirname, 'aws-stand-in.mjs');
const START_MS = 60_000;
/** The superuser is a local peer; backups come by password and over TLS only. */
const RULES = `
local all postgres peer
hostssl all ${BACKUP_ROLE} samenet scram-sha-256
hostssl replication ${BACKUP_ROLE} samenet scram-sha-256
`;
const SETTINGS = {
  listen_addresses: '*',
  unix_socket_directories: PLACES.sockets,
  shared_buffers: '64MB',
  ssl: 'on',
  ssl_cert_file: '/etc/holdfast/certificate.pem',
  ssl_key_file: '/etc/holdfast/key.pem',
};

/** Makes a cluster on the empty volume. */
export async function initializeCluster(host: ContainerHost): Promise<void> {
  const words = ['initdb', '--pgdata', dataDirectory('data'), '--auth', 'peer'];
  await done(host.run([...words, '--wal-segsize', '1'], { volumes: { data: 'rw' } }));
  await writeFile(join(host.folder('data'), DATA_DIRECTORY, 'pg_hba.conf'), RULES);
}

/** Starts a server on a volume, and waits until it lets clients in. */
export async function startServer(
  host: ContainerHost,
  name: string,
  on: 'data' | 'recovered',
): Promise<void> {
  // As a host does: a server that was killed leaves its socket, and the lock of it.
  const sockets = host.folder('sockets');
  for (const left of await readdir(sockets)) await rm(join(sockets, left));
  const settings = Object.entries(SETTINGS).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  await done(
    host.run(['postgres', '-D', dataDirectory(on), ...settings], {
      name,
      network: host.network,
      alias: SERVER_NAME,
      memory: '512m',
      detach: true,
      volumes: { [on]: 'rw', spool: 'rw', sockets: 'rw' },
      files: { 'certificate.pem': SETTINGS.ssl_cert_file, 'key.pem': SETTINGS.ssl_key_file },
    }),
  );
  await answers(name);
}

/**
 * Waits until a server that was started lets clients in. Nothing is run in its container before: the
 * lock file of a killed server names a process, and one of a test may have got its number here.
 */
export async function answers(name: string): Promise<void> {
  const startedAt = await docker(['inspect', '--format', '{{.State.StartedAt}}', name]);
  const isReady = async (): Promise<boolean> =>
    (await logsOf(name, startedAt)).includes('ready to accept connections');
  await untilSo(`${name} lets clients in`, isReady, name);
}

/** Runs a statement as the superuser, over the socket. */
export async function sql(name: string, statement: string): Promise<string> {
  const psql = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1'];
  return docker(['exec', '--interactive', name, ...psql], statement);
}

/** Starts the agent, which may write to the spool and the store alone. */
export async function startAgent(host: ContainerHost, name: string): Promise<void> {
  const words = ['holdfast', 'agent', '--metrics', '--environment', 'test', ...placeWords()];
  const volumes = { data: 'ro', spool: 'rw', store: 'rw' } as const;
  await done(host.run(words, { name, detach: true, volumes }));
  const hasStarted = async (): Promise<boolean> => (await logsOf(name)).includes('agent.started');
  await untilSo(`${name} ships`, hasStarted, name);
}

/** Prepares the server that runs on the data volume. It leaves nothing that would need credentials. */
export async function prepareServer(host: ContainerHost): Promise<Ending> {
  const server = ['--host', PLACES.sockets, '--user', 'postgres'];
  return done(
    host.run(['holdfast', 'init', '--no-one-shot', ...server, ...placeWords()], {
      volumes: { data: 'ro', spool: 'rw', store: 'rw', sockets: 'rw' },
    }),
  );
}

/** Restores the newest state there is onto the empty volume. */
export async function recoverLatest(host: ContainerHost): Promise<Ending> {
  const words = ['holdfast', 'recover', '--store', STORE_URL, '--cluster', CLUSTER, '--json'];
  const where = ['--to', 'latest', '--data-dir', dataDirectory('recovered'), '--execute'];
  return host.run([...words, ...where], {
    memory: '512m',
    volumes: { store: 'ro', recovered: 'rw' },
  });
}

/** Brings back the newest state in the place of the cluster, whose server and agent are stopped. */
export async function recoverInPlace(host: ContainerHost): Promise<Ending> {
  const words = ['holdfast', 'recover', '--in-place', '--to', 'latest', '--execute'];
  return host.run([...words, ...placeWords()], {
    memory: '512m',
    volumes: { data: 'rw', spool: 'rw', store: 'rw' },
  });
}

/** Starts what stands in for the secret and the parameter of the task. */
export async function startAws(host: ContainerHost): Promise<void> {
  const script = await readFile(STAND_IN, 'utf8');
  const words = ['--input-type=module', '-e', script, String(AWS.port), '/secret', '/parameter'];
  await done(
    host.run(words, {
      entrypoint: 'node',
      name: `${host.network}-aws`,
      network: host.network,
      alias: AWS.name,
      detach: true,
      files: { secret: '/secret', 'roots.pem': '/parameter' },
    }),
  );
}

/** Runs the task of a base backup, as a deployment would, to its end. */
export async function takeBackup(host: ContainerHost): Promise<Ending> {
  return host.run(['base-backup'], {
    network: host.network,
    volumes: { store: 'rw' },
    env: {
      HOLDFAST_ENVIRONMENT: 'test',
      HOLDFAST_CLUSTER: CLUSTER,
      HOLDFAST_STORE: STORE_URL,
      HOLDFAST_ROLE_SECRET: 'backup',
      HOLDFAST_CA_PARAMETER: '/ca',
      HOLDFAST_BACKUP_CHECKPOINT: 'fast',
      PGHOST: SERVER_NAME,
      AWS_ENDPOINT_URL: `http://${AWS.name}:${AWS.port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
    },
  });
}

function placeWords(): readonly string[] {
  const store = ['--store', STORE_URL, '--cluster', CLUSTER];
  return [...store, '--spool', PLACES.spool, '--data-dir', dataDirectory('data')];
}

function dataDirectory(volume: Volume): string {
  return join(PLACES[volume], DATA_DIRECTORY);
}

/** Fails with what the container has logged. */
async function untilSo(what: string, look: () => Promise<boolean>, name: string): Promise<void> {
  await until(what, look, START_MS).catch(async (cause: unknown) => {
    throw new Error(`not so: ${what}: ${await logsOf(name)}`, { cause });
  });
}

async function done(ending: Promise<Ending>): Promise<Ending> {
  const { exitCode, stdout, stderr } = await ending;
  if (exitCode !== 0) throw new Error(`ended with ${exitCode}: ${stderr}${stdout}`);
  return { exitCode, stdout, stderr };
}
