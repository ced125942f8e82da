import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pooler } from '../../lib/core/contract/pooler.ts';
import { until } from '../support/until.ts';
import type { ContainerHost } from './container-host.ts';
import { docker, exitStatusOf, logsOf } from './docker.ts';
import { GET_ENGINE, hasEngine } from './engine.ts';
import {
  asSuperuser,
  client,
  PASSWORD,
  POOLER,
  serve,
  SERVER,
  STATS_PASSWORD,
  startPooledServer,
  startPooler,
  startPoolerMetrics,
} from './pooler-stage.ts';
import { answers } from './roles.ts';

const PID = 'SELECT pg_backend_pid();';
const METRICS = 'pooler-metrics';
const READER = {
  user: 'holdfast_stats',
  password: STATS_PASSWORD,
  database: 'pgbouncer',
  from: 'its own network namespace',
} as const;
let host: ContainerHost;

describe.skipIf(!hasEngine())(`the pooler (needs ${GET_ENGINE})`, () => {
  beforeAll(async () => {
    host = await startPooledServer();
    const login = `LOGIN PASSWORD '${PASSWORD}'`;
    await asSuperuser(
      host,
      `CREATE ROLE app ${login};
       CREATE ROLE reader ${login};
       CREATE ROLE boss SUPERUSER ${login};
       CREATE ROLE deputy ${login} IN ROLE boss;
       CREATE ROLE copier REPLICATION ${login};
       CREATE ROLE holdfast_backup ${login};
       ALTER ROLE postgres PASSWORD '${PASSWORD}';`,
    );
    await asSuperuser(host, 'CREATE DATABASE shop');
    await startPooler(host);
  });
  afterAll(async () => host[Symbol.asyncDispose]());

  test('two clients share one connection of the server, in any database', async () => {
    const second = `\\! psql -XAtq -c "${PID}"`;
    const script = [PID, second, PID].join('\n');
    const { stdout, stderr } = await client(host, { user: 'app', database: 'shop', script });
    expect(stderr).toBe('');
    const pids = stdout.split('\n');
    expect(pids).toHaveLength(3);
    expect(new Set(pids).size).toBe(1);
  });

  test('each is who it is, by a connection that is encrypted', async () => {
    const script = 'SELECT session_user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    for (const user of ['app', 'reader']) {
      const { stdout, stderr } = await client(host, { user, script });
      expect({ stdout, stderr }).toEqual({ stdout: `${user}|t`, stderr: '' });
    }
  });

  test('what a driver prepares outlives others, and what it sends at the start is taken', async () => {
    const reset = '\\! PGOPTIONS="-c extra_float_digits=3" psql -XAtq -c "DISCARD ALL"';
    const prepare = 'SELECT $1::int + 1 \\parse plus';
    const script = `${prepare}\n${reset}\n\\bind_named plus 41 \\g\n`;
    const { stdout, stderr } = await client(host, { user: 'app', script });
    expect({ stdout, stderr }).toEqual({ stdout: '42', stderr: '' });
  });

  test('follows a password that was changed, and forgets the one before', async () => {
    const script = 'SELECT 1';
    await asSuperuser(host, "ALTER ROLE reader PASSWORD 'another'");
    expect(await client(host, { user: 'reader', script })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('SASL authentication failed'),
    });
    const ending = await client(host, { user: 'reader', script, password: 'another' });
    expect(ending).toMatchObject({ exitCode: 0, stdout: '1' });
  });

  test.each([
    ['a wrong password', { user: 'app', password: 'wrong' }, 'SASL authentication failed'],
    ['a role that there is none', { user: 'nobody' }, 'no such user'],
    ['plain text', { user: 'app', sslMode: 'disable' }, 'SSL required'],
    ['the superuser', { user: 'postgres' }, 'no such user'],
    ['another superuser', { user: 'boss' }, 'no such user'],
    ['who may become one', { user: 'deputy' }, 'no such user'],
    ['who may replicate', { user: 'copier' }, 'no such user'],
    ['a role of Holdfast', { user: 'holdfast_backup' }, 'no such user'],
    ['its own role', { user: 'holdfast_pooler' }, 'login rejected'],
    [
      'who reads at the console, there',
      { ...READER, from: 'elsewhere' as const },
      'login rejected',
    ],
    ['anybody else at the console', { user: 'app', database: 'pgbouncer' }, 'not allowed'],
  ])('refuses %s', async (_what, who, says) => {
    const { exitCode, stderr } = await client(host, { ...who, script: 'SELECT 1' });
    expect(stderr).toContain(says);
    expect(exitCode).toBe(2);
  });

  test('tells clients nothing of passwords', async () => {
    const script = "SELECT * FROM holdfast.pooler_login('app')";
    const { exitCode, stderr } = await client(host, { user: 'app', script });
    expect(stderr).toContain('permission denied for schema holdfast');
    expect(exitCode).toBe(3);
  });

  test('is read at its console from within alone, and never told to do anything', async () => {
    const shown = await client(host, { ...READER, script: 'SHOW VERSION' });
    expect(shown.stdout).toContain('PgBouncer 1.');
    const told = await client(host, { ...READER, script: 'PAUSE' });
    expect(told).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('admin access') });
  });

  test('finds the server again that is started in another container', async () => {
    await docker(['stop', '--time', '60', SERVER]);
    await serve(host, { name: 'next-server', alias: Pooler.SERVER_NAME });
    await answers('next-server');
    const ending = await client(host, { user: 'app', script: 'SELECT 1' });
    expect(ending).toMatchObject({ exitCode: 0, stdout: '1' });
  });

  test('is measured by a task, as CloudWatch Logs reads it', async () => {
    const holds = "BEGIN;\nSELECT 'held';\n\\! sleep 600";
    await client(host, { user: 'app', script: holds, name: 'holder' });
    await until('one has it', async () => (await logsOf('holder')).includes('held'));
    await client(host, { user: 'app', script: 'SELECT 1', name: 'waiter' });
    const shown = { ...READER, script: 'SHOW POOLS' };
    await until('another waits for it', async () =>
      (await client(host, shown)).stdout.includes('\npostgres|app|1|1|'),
    );
    const { exitCode, stderr } = await startPoolerMetrics(host, METRICS);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const line = await until('a line is printed', async () => {
      const lines = (await logsOf(METRICS)).split('\n');
      return lines.find((one) => one.startsWith('{')) ?? false;
    });
    const metrics = JSON.parse(line);
    expect(metrics.PoolerMaxWaitSec).toBeGreaterThan(0);
    expect(metrics).toMatchObject({
      service: 'holdfast',
      Environment: 'test',
      Cluster: 'orders',
      PoolerClientsActive: 1,
      PoolerClientsWaiting: 1,
      PoolerServersActive: 1,
      _aws: { CloudWatchMetrics: [{ Namespace: 'Holdfast' }] },
    });
    await docker(['stop', '--time', '30', METRICS]);
    expect(await exitStatusOf(METRICS)).toBe('0');
    await docker(['kill', 'holder', 'waiter']);
  });

  test('stops by itself while clients are connected, and says no password', async () => {
    const script = "SELECT 'connected';\n\\! sleep 600";
    await client(host, { user: 'app', script, name: 'idle-client' });
    const isConnected = async (): Promise<boolean> =>
      (await logsOf('idle-client')).includes('connected');
    await until('a client is connected', isConnected);
    expect(await logsOf(POOLER)).not.toMatch(/password" (with|of)|SCRAM-SHA-256\$/);
    await docker(['stop', '--time', '30', POOLER]);
    expect(await exitStatusOf(POOLER)).toBe('0');
  });

  test('nothing else serves a data directory that is served', async () => {
    await serve(host, { name: 'second' });
    const status = await docker(['wait', 'second']);
    expect(await logsOf('second')).toMatch(/lock \/var\/lib\/holdfast\/data\/pgdata\.lock/);
    expect(status).toBe('75');
  });
});
