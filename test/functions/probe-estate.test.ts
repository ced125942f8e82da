import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/probe-estate/handler.ts';
import { captureLines } from '../support/captured-lines.ts';
import { lambdaContext } from '../support/lambda-context.ts';

const EVENT = { scheduledTime: '2026-12-01T01:00:00Z' };
const ENVIRONMENT = {
  HOLDFAST_ENVIRONMENT: 'prod',
  HOLDFAST_CLUSTER: 'orders',
  HOLDFAST_STORE: 's3://a-bucket/prod',
  HOLDFAST_KMS_KEY: 'alias/orders',
  AWS_REGION: 'eu-central-1',
};
const kms = mockClient(KMSClient);

beforeEach(() => {
  kms.reset();
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

describe('probe-estate', () => {
  test.each([{ scheduledTime: '' }, {}])(
    'refuses what its schedule does not send: %j',
    async (event) => {
      captureLines();
      await expect(handler(event, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-EVENT' });
      expect(kms.commandCalls(DescribeKeyCommand)).toHaveLength(0);
    },
  );

  test('fails when the deployment names no key', async () => {
    captureLines();
    vi.stubEnv('HOLDFAST_KMS_KEY', '');
    await expect(handler(EVENT, lambdaContext())).rejects.toMatchObject({
      code: 'CONFIG-INVALID',
      message: expect.stringContaining('HOLDFAST_KMS_KEY'),
    });
  });

  test.each([
    ['HOLDFAST_VAULT_SETTINGS', '{"versioned":true}'],
    ['HOLDFAST_RETENTION', '{"windowDays":0}'],
    ['HOLDFAST_HEALTH_THRESHOLDS', '{"noSuchThreshold":{}}'],
    ['HOLDFAST_BACKUP_AGE_LIMIT_SEC', 'soon'],
  ])('fails when the deployment tells it nonsense by %s', async (name, value) => {
    captureLines();
    vi.stubEnv(name, value);
    await expect(handler(EVENT, lambdaContext())).rejects.toMatchObject({
      code: 'CONFIG-INVALID',
      message: expect.stringContaining(name),
    });
    expect(kms.commandCalls(DescribeKeyCommand)).toHaveLength(0);
  });
});
