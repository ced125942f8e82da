import { rootCertificates } from 'node:tls';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler as answer } from '../../functions/answer-health/handler.ts';
import { handler as probe } from '../../functions/probe-database/handler.ts';
import { captureLines } from '../support/captured-lines.ts';
import { freePort } from '../support/free-port.ts';
import { lambdaContext } from '../support/lambda-context.ts';

const EVENT = { scheduledTime: '2026-12-01T01:00:00Z' };
const TOKEN = 'a-long-random-word';
const ROLE = { username: 'holdfast_monitor', password: 'a-secret-of-the-role' };
const ENVIRONMENT = {
  HOLDFAST_ENVIRONMENT: 'prod',
  HOLDFAST_CLUSTER: 'orders',
  HOLDFAST_STORE: 's3://a-bucket/prod',
  HOLDFAST_KMS_KEY: 'alias/orders',
  HOLDFAST_CA_PARAMETER: '/holdfast/prod/orders/ca',
  HOLDFAST_ROLE_SECRET: 'monitor',
  HOLDFAST_TOKEN_SECRET: 'token',
  HOLDFAST_RPO_SEC: '300',
  HOLDFAST_VOLUME_BYTES: '107374182400',
  PGHOST: '127.0.0.1',
  AWS_REGION: 'eu-central-1',
};
const secrets = mockClient(SecretsManagerClient);
const parameters = mockClient(SSMClient);

beforeEach(async () => {
  secrets.reset();
  parameters.reset();
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
  vi.stubEnv('PGPORT', String(await freePort()));
  parameters.on(GetParameterCommand).resolves({ Parameter: { Value: rootCertificates[0] } });
  secrets
    .on(GetSecretValueCommand, { SecretId: 'monitor' })
    .resolves({ SecretString: JSON.stringify(ROLE) })
    .on(GetSecretValueCommand, { SecretId: 'token' })
    .resolves({ SecretString: TOKEN });
});
afterEach(() => vi.unstubAllEnvs());

describe('probe-database', () => {
  test('publishes that the server is down, and ends well', async () => {
    const lines = captureLines();
    expect(await probe(EVENT, lambdaContext())).toEqual({ standing: 'page' });
    expect(lines.metrics()).toMatchObject({
      DatabaseUp: 0,
      DatabaseProbed: 1,
      Environment: 'prod',
      Cluster: 'orders',
    });
    const [line] = lines.logged('health.probed');
    expect(line).toMatchObject({ cluster: 'orders', is_up: false });
    expect(String(line?.['why'])).toMatch(/^PG-CONNECT/);
    expect(JSON.stringify(line)).not.toContain(ROLE.password);
  });

  test('fails when the role’s secret may not be read', async () => {
    captureLines();
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    secrets.on(GetSecretValueCommand, { SecretId: 'monitor' }).rejects(denied);
    await expect(probe(EVENT, lambdaContext())).rejects.toMatchObject({ code: 'AWS-DENIED' });
  });

  test.each([
    'HOLDFAST_RPO_SEC',
    'HOLDFAST_VOLUME_BYTES',
    'HOLDFAST_ROLE_SECRET',
    'HOLDFAST_CA_PARAMETER',
    'PGHOST',
  ])('fails when the deployment does not set %s', async (name) => {
    captureLines();
    vi.stubEnv(name, '');
    await expect(probe(EVENT, lambdaContext())).rejects.toMatchObject({
      code: 'CONFIG-INVALID',
      message: expect.stringContaining(name),
    });
  });

  test.each([
    { text: '{', says: 'is not JSON' },
    { text: '{"xidAge":{"warn":9,"page":1}}', says: 'a page before its warning' },
    { text: '{"xidAges":{}}', says: 'xidAges' },
  ])('refuses thresholds that are $text', async ({ text, says }) => {
    captureLines();
    vi.stubEnv('HOLDFAST_HEALTH_THRESHOLDS', text);
    await expect(probe(EVENT, lambdaContext())).rejects.toMatchObject({
      code: 'CONFIG-INVALID',
      message: expect.stringContaining(says),
    });
  });

  test('refuses what its schedule does not send', async () => {
    captureLines();
    await expect(probe({}, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-EVENT' });
  });
});

describe('answer-health', () => {
  const ask = async (path: string, authorization?: string): Promise<unknown> => {
    const http = { method: 'GET' };
    const headers = { host: 'a-function', ...(authorization !== undefined && { authorization }) };
    return answer({ rawPath: path, headers, requestContext: { http } }, lambdaContext());
  };

  test('tells who has the token that the server is not ready', async () => {
    const lines = captureLines();
    expect(await ask('/ready', `Bearer ${TOKEN}`)).toMatchObject({
      statusCode: 503,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ isReady: false, why: 'PG-CONNECT' }),
    });
    expect(lines.logged('health.answered')).toMatchObject([{ path: '/ready', status: 503 }]);
  });

  test('tells strangers nothing, and reads no password for them', async () => {
    captureLines();
    expect(await ask('/ready', 'Bearer another')).toMatchObject({ statusCode: 401, body: '' });
    expect(await ask('/ready')).toMatchObject({ statusCode: 401, body: '' });
    expect(secrets.commandCalls(GetSecretValueCommand, { SecretId: 'monitor' })).toHaveLength(0);
    expect(parameters.calls()).toHaveLength(0);
  });
});
