import { rootCertificates } from 'node:tls';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/rotate-secret/handler.ts';
import { lambdaContext } from '../support/lambda-context.ts';

const EVENT = { Step: 'createSecret', SecretId: 'backup', ClientRequestToken: 'two' };
const ENVIRONMENT = {
  HOLDFAST_ENVIRONMENT: 'prod',
  HOLDFAST_CLUSTER: 'orders',
  HOLDFAST_CA_PARAMETER: '/holdfast/prod/orders/ca',
  PGHOST: 'db.internal',
  AWS_REGION: 'eu-central-1',
};

const secrets = mockClient(SecretsManagerClient);
const parameters = mockClient(SSMClient);

beforeEach(() => {
  secrets.reset();
  parameters.reset();
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
  parameters
    .on(GetParameterCommand, { Name: ENVIRONMENT.HOLDFAST_CA_PARAMETER })
    .resolves({ Parameter: { Value: rootCertificates[0] } });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('rotate-secret', () => {
  test.each([
    { ...EVENT, Step: 'deleteSecret' },
    { ...EVENT, ClientRequestToken: '' },
    { Step: 'createSecret' },
    {},
    null,
  ])('refuses what Secrets Manager never sends: %j', async (event) => {
    await expect(handler(event, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-EVENT' });
    expect(secrets.calls()).toEqual([]);
  });

  test('fails when the deployment did not say where the server is', async () => {
    vi.stubEnv('PGHOST', '');
    await expect(handler(EVENT, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-INVALID' });
  });

  test('refuses a version that no rotation is about', async () => {
    const VersionIdsToStages = { one: ['AWSCURRENT'] };
    secrets.on(DescribeSecretCommand).resolves({ RotationEnabled: true, VersionIdsToStages });
    const refused = { code: 'SECRET-MALFORMED' };
    await expect(handler(EVENT, lambdaContext())).rejects.toMatchObject(refused);
  });

  test('is done with a version that is current already', async () => {
    const VersionIdsToStages = { two: ['AWSCURRENT', 'AWSPENDING'] };
    secrets.on(DescribeSecretCommand).resolves({ RotationEnabled: true, VersionIdsToStages });
    await handler(EVENT, lambdaContext());
    expect(secrets.calls()).toHaveLength(1);
  });
});
