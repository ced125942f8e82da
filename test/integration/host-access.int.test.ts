import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { planHba } from '../../lib/core/host/access/plan-hba.ts';
import { planSettings } from '../../lib/core/host/settings/plan-settings.ts';
import { type HostServer, PASSWORD, serveAsHost } from '../support/host-server.ts';
import { type Login, logInFrom } from '../support/login-from.ts';
import { testServer } from '../support/postgres-server.ts';

const it = testServer();
const GIB = 2 ** 30;
/** Where they come from: only Linux has more than one address of the loopback. */
const TASK = '127.0.0.2';
const CLIENT = '127.0.0.3';
const POOLER = '127.0.0.4';
const STRANGER = '127.0.0.5';
/** The test's own superuser comes from here. */
const ADMIN_ADDRESS = '127.0.0.1';

const NO_RULE = '28000';
const WRONG_PASSWORD = '28P01';
const IN = 'in';

const ROLES = ['holdfast_backup', 'holdfast_monitor', 'holdfast_pooler', 'app', 'postgres'];

let host: HostServer;

beforeAll(async () => {
  const { major } = it().instance;
  const facts = { memoryBytes: GIB, cores: 2, major, volumeBytes: 10 * GIB, pooled: true };
  const config = {
    clientCidrs: [`${CLIENT}/32`, `${ADMIN_ADDRESS}/32`],
    taskCidrs: [`${TASK}/32`],
  };
  // All of the loopback is the server's own network, so the pooler's is named instead.
  const access = planHba(config, `${POOLER}/32`);
  host = await serveAsHost({ ...it(), settings: planSettings(facts).settings, access });
  await withSession(host.admin, {}, async (sql) => {
    for (const role of ROLES.filter((name) => name !== 'postgres')) {
      await sql.unsafe(`CREATE ROLE ${role} LOGIN`);
    }
    for (const role of ROLES) await sql.unsafe(`ALTER ROLE ${role} PASSWORD '${PASSWORD}'`);
    await sql`ALTER ROLE holdfast_backup REPLICATION`;
    await sql`ALTER ROLE app REPLICATION`;
  });
});
afterAll(async () => host[Symbol.asyncDispose]());

async function logIn(user: string, from: string, others: Partial<Login> = {}): Promise<string> {
  return logInFrom({ port: host.admin.port, user, password: PASSWORD, from, ...others });
}

describe.skipIf(process.platform !== 'linux')("a host's server", () => {
  test('reads its rules without a complaint', async () => {
    const rows = await withSession(
      host.admin,
      {},
      async (sql) => sql`SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL`,
    );
    expect([...rows]).toEqual([]);
  });

  test.each([
    ['holdfast_backup', { task: IN, client: NO_RULE, pooler: NO_RULE, stranger: NO_RULE }],
    ['holdfast_monitor', { task: IN, client: NO_RULE, pooler: NO_RULE, stranger: NO_RULE }],
    ['holdfast_pooler', { task: NO_RULE, client: NO_RULE, pooler: IN, stranger: NO_RULE }],
    ['app', { task: NO_RULE, client: IN, pooler: IN, stranger: NO_RULE }],
    ['postgres', { task: NO_RULE, client: NO_RULE, pooler: NO_RULE, stranger: NO_RULE }],
  ])('lets %s in from where it comes, and from nowhere else', async (user, expected) => {
    expect({
      task: await logIn(user, TASK),
      client: await logIn(user, CLIENT),
      pooler: await logIn(user, POOLER),
      stranger: await logIn(user, STRANGER),
    }).toEqual(expected);
  });

  test('replicates to backups from tasks alone, whatever right another role has', async () => {
    expect({
      backup: await logIn('holdfast_backup', TASK, { replication: true }),
      elsewhere: await logIn('holdfast_backup', CLIENT, { replication: true }),
      monitor: await logIn('holdfast_monitor', TASK, { replication: true }),
      client: await logIn('app', CLIENT, { replication: true }),
      pooled: await logIn('app', POOLER, { replication: true }),
      superuser: await logIn('postgres', TASK, { replication: true }),
    }).toEqual({
      backup: IN,
      elsewhere: NO_RULE,
      monitor: NO_RULE,
      client: NO_RULE,
      pooled: NO_RULE,
      superuser: NO_RULE,
    });
  });

  test.each([
    ['holdfast_backup', TASK],
    ['holdfast_monitor', TASK],
    ['holdfast_pooler', POOLER],
    ['app', CLIENT],
  ])('lets %s in only encrypted, and only by its password', async (user, from) => {
    expect(await logIn(user, from, { encrypted: false })).toBe(NO_RULE);
    expect(await logIn(user, from, { password: 'guess' })).toBe(WRONG_PASSWORD);
  });

  test('takes no password that is kept as an MD5 hash', async () => {
    await withSession(host.admin, {}, async (sql) => {
      await sql`SET password_encryption = 'md5'`;
      await sql.unsafe(`CREATE ROLE of_old LOGIN PASSWORD '${PASSWORD}'`);
    });
    expect(await logIn('of_old', CLIENT)).toBe(WRONG_PASSWORD);
  });

  test('lets over the socket nobody in but the account of the server, as the superuser', async () => {
    const { server } = it();
    const environment = { PGPORT: String(host.admin.port) };
    const whoAmI = async (user: string): Promise<string> =>
      server
        .run('psql', ['-XAtqw', '-U', user, '-c', 'SELECT current_user'], { environment })
        .catch((error: unknown) => String(error));
    expect(await whoAmI('app')).toMatch(/no pg_hba\.conf entry/);
    // The programs of a test that runs as root run as the server's account.
    const isPeer = process.getuid?.() === 0 || userInfo().username === 'postgres';
    expect(await whoAmI('postgres')).toMatch(isPeer ? /^postgres$/m : /Peer authentication failed/);
  });
});
