import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { execa } from 'execa';
import { bareEnvironment } from '../bin/cli/run-holdfast.ts';
import { startAgentProcess, type LogLine } from '../support/agent-process.ts';
import { HOLDFAST, NODE, TASKS } from '../support/checkout.ts';
import { makeCertificates } from '../support/certificates.ts';
import { startMotoServer } from '../support/moto-server.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { serveOverTls, type TlsServer } from '../support/tls-server.ts';
import { until } from '../support/until.ts';

/** A task in a process of its own. */
export interface TaskRun {
  /** Waits for a line of its log. */
  logged(event: string): Promise<LogLine>;
  signal(name: 'SIGTERM'): void;
  /** Settles when it has ended: its status, and all it has logged. */
  readonly ended: Promise<{
    readonly exitCode: number | undefined;
    readonly log: readonly LogLine[];
  }>;
}

/** A server over TLS whose WAL an agent ships, and Secrets Manager and SSM on an API server. */
export interface TaskStage extends AsyncDisposable {
  readonly cluster: ProtectedCluster;
  readonly tls: TlsServer;
  /** Starts the base backup as a deployment would, with changes to its environment. */
  start(changes?: Readonly<Record<string, string>>): TaskRun;
  /** Files in the store that no object has. */
  unfinished(): Promise<readonly string[]>;
}

const PASSWORD = 'a-Password-of-40-characters';
export const SECRETS = { right: 'right', wrong: 'wrong', malformed: 'malformed', absent: 'absent' };
export const PARAMETERS = { ca: '/holdfast/prod/orders/ca', otherCa: '/holdfast/prod/other/ca' };

/** Starts all of it; needs moto. */
export async function startTaskStage(): Promise<TaskStage> {
  await using cleanup = new AsyncDisposableStack();
  const moto = cleanup.use(await startMotoServer());
  const cluster = cleanup.use(await startProtectedCluster());
  const { directory } = cluster;
  const tls = cleanup.use(await serveOverTls(cluster));
  await tls.sql(`ALTER ROLE holdfast_backup PASSWORD '${PASSWORD}'`);
  const words = [HOLDFAST, 'agent', ...cluster.agentWords()];
  const agent = cleanup.use(startAgentProcess({ words, logFile: join(directory, 'agent.log') }));
  await agent.logged('agent.started');
  const other = await makeCertificates(directory, 'other');
  await publish(moto.endpoint, { ca: tls.roots, otherCa: other.roots });

  const environment = {
    HOLDFAST_ENVIRONMENT: 'prod',
    HOLDFAST_CLUSTER: CLUSTER,
    HOLDFAST_STORE: cluster.storeUrl,
    HOLDFAST_ROLE_SECRET: SECRETS.right,
    HOLDFAST_CA_PARAMETER: PARAMETERS.ca,
    HOLDFAST_BACKUP_CHECKPOINT: 'fast',
    HOLDFAST_OCCURRENCE: '20261201T010000Z',
    PGHOST: tls.host,
    PGPORT: String(tls.port),
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
  };
  const owned = cleanup.move();
  return {
    cluster,
    tls,
    start: (changes = {}) => startTask({ ...environment, ...changes }, cluster.storeDirectory),
    unfinished: async () => readdir(join(cluster.storeDirectory, '.tmp')),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

/** Node itself sees to it that nothing but the store is written to. */
function startTask(env: Readonly<Record<string, string>>, writable: string): TaskRun {
  const confined = ['--permission', '--allow-worker', '--allow-fs-read=*'];
  const words = [...confined, `--allow-fs-write=${writable}`, TASKS, 'base-backup'];
  const child = execa(NODE, words, {
    cwd: '/',
    env: bareEnvironment(env),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    buffer: false,
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const lines = (): readonly LogLine[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  return {
    logged: async (event) =>
      until(`the task logs ${event}`, () => lines().find((line) => line.event === event)),
    signal: (name) => void child.kill(name),
    ended: child.then(({ exitCode }) => ({ exitCode, log: lines() })),
  };
}

/** What a deployment would have written, and what it should not. */
async function publish(
  endpoint: string,
  certificates: Readonly<Record<keyof typeof PARAMETERS, string>>,
): Promise<void> {
  const place = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  };
  const secrets = new SecretsManagerClient(place);
  const role = { username: 'holdfast_backup', password: PASSWORD };
  const texts = {
    [SECRETS.right]: JSON.stringify(role),
    [SECRETS.wrong]: JSON.stringify({ ...role, password: 'not-the-Password' }),
    [SECRETS.malformed]: `holdfast_backup:${PASSWORD}`,
  };
  for (const [Name, SecretString] of Object.entries(texts)) {
    await secrets.send(new CreateSecretCommand({ Name, SecretString }));
  }
  const ssm = new SSMClient(place);
  for (const [name, Value] of Object.entries(certificates)) {
    const Name = PARAMETERS[name as keyof typeof PARAMETERS];
    await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String' }));
  }
}
