import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/rotate-secret/handler.ts';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { ensureRoles } from '../../lib/core/init/ensure-roles.ts';
import { ROTATION_STEPS, type RotationStep } from '../../lib/core/secrets/rotation-event.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { testServer } from '../support/postgres-server.ts';
import { mockSecretStore, type SecretStore } from '../support/secret-store.ts';
import { serveOverTls, type TlsServer } from '../support/tls-server.ts';

const it = testServer();
const ROLE = 'holdfast_backup';
const SECRET = { username: ROLE, password: 'first', engine: 'postgres' };

let tls: TlsServer;
let store: SecretStore;
const parameters = mockClient(SSMClient);

beforeAll(async () => {
  tls = await serveOverTls({ ...it(), settings: { log_statement: 'all' } });
  await using setup = openClusterSetup({ ...it().server.connection, port: tls.port });
  await ensureRoles(setup, it().instance.major, {});
  parameters.on(GetParameterCommand).resolves({ Parameter: { Value: tls.roots } });
});
afterAll(async () => tls[Symbol.asyncDispose]());

beforeEach(async () => {
  await tls.sql(`ALTER ROLE ${ROLE} PASSWORD '${SECRET.password}'`);
  store = mockSecretStore(JSON.stringify(SECRET));
  store.begin('second');
  const environment = {
    HOLDFAST_ENVIRONMENT: 'prod',
    HOLDFAST_CLUSTER: 'orders',
    HOLDFAST_CA_PARAMETER: '/holdfast/prod/orders/ca',
    PGHOST: tls.host,
    PGPORT: String(tls.port),
    AWS_REGION: 'eu-central-1',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterEach(() => {
  store[Symbol.dispose]();
  vi.unstubAllEnvs();
});

async function take(...steps: readonly RotationStep[]): Promise<void> {
  for (const Step of steps) {
    await handler({ Step, SecretId: 'backup', ClientRequestToken: 'second' }, lambdaContext());
  }
}

function passwordOf(stage: string): string {
  return JSON.parse(store.text(stage) ?? '{}').password;
}

/** Whether the role comes in by what a client would read now. */
async function letsIn(stage: string): Promise<boolean> {
  const environment = { PGPORT: String(tls.port), PGUSER: ROLE, PGPASSWORD: passwordOf(stage) };
  try {
    await it().server.run('psql', ['-XAtqc', 'SELECT 1'], { environment });
    return true;
  } catch {
    return false;
  }
}

describe('the rotation of a role that may do no more than a backup needs', () => {
  test('changes its password on a real server, which never learns it', async () => {
    await take(...ROTATION_STEPS);
    expect([await letsIn('AWSCURRENT'), await letsIn('AWSPREVIOUS')]).toEqual([true, false]);
    expect(JSON.parse(store.text('AWSCURRENT') ?? '')).toEqual({
      ...SECRET,
      password: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
    });
    const log = await tls.running.logTail(1024 * 1024);
    expect(log).toContain('SCRAM-SHA-256$4096:');
    expect(log).not.toContain(passwordOf('AWSCURRENT'));
  });

  test('comes to the same end when every step is taken twice', async () => {
    for (const step of ROTATION_STEPS) await take(step, step);
    expect(await letsIn('AWSCURRENT')).toBe(true);
  });

  test('fails when a superuser changed the password meanwhile, and ends once it is set back', async () => {
    await take('createSecret');
    await tls.sql(`ALTER ROLE ${ROLE} PASSWORD 'somebody-elses'`);
    await expect(take('setSecret')).rejects.toMatchObject({ code: 'SECRET-FAILED' });
    await expect(take('testSecret')).rejects.toMatchObject({ code: 'SECRET-FAILED' });
    await tls.sql(`ALTER ROLE ${ROLE} PASSWORD '${SECRET.password}'`);
    await take('setSecret', 'testSecret', 'finishSecret');
    expect(await letsIn('AWSCURRENT')).toBe(true);
  });
});
