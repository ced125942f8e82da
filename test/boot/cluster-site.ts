import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootloader } from '../../lib/infra/host/bootloader.ts';
import { packBundle } from '../../lib/infra/host/host-bundle.ts';
import type { Ending } from '../container/docker.ts';
import { until } from '../support/until.ts';
import {
  type AwsAccount,
  CA_PARAMETER,
  CREDENTIALS,
  makeAwsAccount,
  REGION,
} from './aws-account.ts';
import { type Cloud, openCloud } from './cloud.ts';
import { type DataVolume, makeDataVolume } from './data-volume.ts';
import { REPOSITORY } from './set-up.ts';
import { type Machine, makeMachineDisk, startMachine } from './machine.ts';

/** All of a cluster but its machines: they come and go. */
export interface ClusterSite extends AsyncDisposable {
  readonly aws: AwsAccount;
  readonly password: string;
  /** The newest machine's view of AWS. */
  readonly cloud: Cloud;
  readonly volume: DataVolume;
  /** What the deployment says. */
  deploy(change?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Another volume under the same id, as if the one before were lost. */
  replaceVolume(): Promise<void>;
  /** A machine that was never on; `volume` is what the volume's state is when it starts. */
  launch(state?: { readonly volume: string }): Promise<Machine>;
  /** The machine before, on again. */
  restart(): Promise<Machine>;
}

/** The environment and cluster of all tests. */
export const ENVIRONMENT = 'test';
export const CLUSTER = 'orders';
export const VOLUME_ID = 'vol-0123456789abcdef0';
const MAJOR = 18;
export const BACKUP_ROLE = 'holdfast_backup';
const HOST_NAME = 'orders.test.holdfast.internal';
const START_MS = 40_000;

/** A cluster that was never started. */
export async function makeClusterSite(registryPort: number): Promise<ClusterSite> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-boot-'));
  cleanup.defer(async () => rm(folder, { recursive: true, force: true }));
  const password = randomBytes(20).toString('hex');
  const aws = cleanup.use(await makeAwsAccount(password));
  const image = `127.0.0.1:${registryPort}/${REPOSITORY}`;
  const ports = [registryPort, aws.port];
  const cloud = cleanup.use(await openCloud(join(folder, 'cloud'), ports));
  const bundle = join(folder, 'bundle.tar');
  packBundle(bundle);
  await cloud.publish(bundle);
  await cloud.set(
    'user-data',
    bootloader(`/holdfast/${ENVIRONMENT}/${CLUSTER}/host-bundle`, REGION).render(),
  );
  await cloud.set('host.env', hostEnvironment(aws));
  let kept = cleanup;
  let volumes = 0;
  let machines = 0;
  let volume: DataVolume;
  const attachable = async (): Promise<void> => {
    await cloud.set('volume-device', `${volume.device}\n`);
    await cloud.set('volume-state', 'available\tNone\n');
  };
  const newVolume = async (): Promise<void> => {
    volume = kept.use(await makeDataVolume(join(folder, `volume-${(volumes += 1)}.img`)));
    await attachable();
  };
  await newVolume();
  await cloud.set('volume-serial', VOLUME_ID.replace('-', ''));
  let machineFolder = '';
  const start = async (): Promise<Machine> => startMachine({ folder: machineFolder, cloud, ports });
  const site: Omit<ClusterSite, keyof AsyncDisposable> = {
    aws,
    password,
    cloud,
    get volume() {
      return volume;
    },
    deploy: async (change = {}) => {
      await cloud.set('host-config', JSON.stringify({ ...hostConfig(aws, image), ...change }));
    },
    replaceVolume: newVolume,
    launch: async (state) => {
      machineFolder = join(folder, `machine-${(machines += 1)}`);
      await mkdir(machineFolder);
      await cloud.set('instance-id', `i-${String(machines).padStart(17, '0')}`);
      await makeMachineDisk(machineFolder);
      await attachable();
      if (state !== undefined) await cloud.set('volume-state', state.volume);
      return start();
    },
    restart: start,
  };
  await site.deploy();
  kept = cleanup.move();
  return Object.assign(site, { [Symbol.asyncDispose]: async () => kept.disposeAsync() });
}

function hostConfig(aws: AwsAccount, image: string): object {
  return {
    environment: ENVIRONMENT,
    cluster: CLUSTER,
    image,
    major: MAJOR,
    store: aws.store,
    kmsKey: aws.kmsKey,
    volumeId: VOLUME_ID,
    hostName: HOST_NAME,
    // Clients in these tests come from the machine itself: as the gateway of its containers' network.
    clientCidrs: ['172.16.0.0/12'],
    taskCidrs: ['10.0.0.0/24'],
    roleSecrets: aws.roleSecrets,
    authoritySecret: aws.authoritySecret,
    caParameter: CA_PARAMETER,
    // A machine for tests has better to do than to hold memory.
    settings: { shared_buffers: '64MB', max_wal_size: '256MB', min_wal_size: '64MB' },
    pooler: { enabled: true, poolSize: 20, reservePoolSize: 30, maxClients: 100 },
    onLostData: 'refuse',
    signal: { stack: 'holdfast-test-orders-host', resource: 'Group' },
  };
}

function hostEnvironment(aws: AwsAccount): string {
  return [
    `AWS_REGION=${REGION}`,
    `HOLDFAST_PARAMETERS=/holdfast/${ENVIRONMENT}/${CLUSTER}`,
    'HOLDFAST_PAUSE_SEC=1',
    'HOLDFAST_ATTACH_SEC=20',
    'HOLDFAST_PULL_ATTEMPTS=2',
    // Not every machine that tests may protect a process.
    'HOLDFAST_OOM_SCORE_ADJ=0',
    `AWS_ENDPOINT_URL=http://127.0.0.1:${aws.port}`,
    `AWS_ACCESS_KEY_ID=${CREDENTIALS.accessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${CREDENTIALS.secretAccessKey}`,
    '',
  ].join('\n');
}

/** Waits until PostgreSQL on a machine lets clients in; fails with what its units have said. */
export async function untilServing(machine: Machine, deadlineMs = START_MS): Promise<void> {
  const look = ['/opt/holdfast/current/ready'];
  const isServing = async (): Promise<boolean> =>
    (await machine.run(['timeout', '1', ...look])).exitCode === 0;
  await until('PostgreSQL lets clients in', isServing, deadlineMs).catch(async (cause: unknown) => {
    throw new Error(await journalOf(machine), { cause });
  });
}

/** What the host's units have said. */
export async function journalOf(machine: Machine): Promise<string> {
  const units = ['--unit=holdfast-*', '--unit=cloud-final.service'];
  const { stdout } = await machine.run(['journalctl', '--no-pager', '--output=cat', ...units]);
  return stdout;
}

/** Runs SQL as the superuser, through the container. */
export async function sql(machine: Machine, statement: string): Promise<string> {
  const psql = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1'];
  return machine.get(['docker', 'exec', '--interactive', 'holdfast-postgres', ...psql], statement);
}

/** Waits until a machine has done all that a running server needs. */
export async function untilSettled(machine: Machine): Promise<void> {
  const look = ['systemctl', 'is-active', 'holdfast-settle.service', 'holdfast-agent.service'];
  const isSettled = async (): Promise<boolean> =>
    (await machine.run(look)).stdout === 'active\nactive';
  await until('the host is settled', isSettled, START_MS).catch(async (cause: unknown) => {
    throw new Error(await journalOf(machine), { cause });
  });
}

/** Logs in as a client on the machine would, over TLS and verified by the published certificates. */
export async function logIn(
  machine: Machine,
  site: ClusterSite,
  role: string,
  password: string,
  port = 5_432,
): Promise<Ending> {
  const roots = '/run/roots.pem';
  await machine.get(['sh', '-c', `cat >${roots}`], await site.aws.roots());
  const where = `host=${HOST_NAME} hostaddr=127.0.0.1 port=${port} dbname=postgres user=${role}`;
  const verified = `sslmode=verify-full sslrootcert=${roots} connect_timeout=10`;
  const query = 'SELECT current_user, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())';
  const words = ['psql', '-XAtq', `${where} ${verified}`, '-c', query];
  return machine.run(['env', `PGPASSWORD=${password}`, ...words]);
}
