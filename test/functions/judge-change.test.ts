import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/judge-change/handler.ts';
import { KEY_ARN, keyCall, ROLES, trailEvent } from '../core/guard/samples.ts';
import { captureLines } from '../support/captured-lines.ts';
import { lambdaContext } from '../support/lambda-context.ts';

const ENVIRONMENT = {
  HOLDFAST_ENVIRONMENT: 'prod',
  HOLDFAST_CLUSTER: 'orders',
  HOLDFAST_STORE: 's3://a-bucket',
  HOLDFAST_KMS_KEY: KEY_ARN,
  HOLDFAST_PAGE_TOPIC: 'arn:aws:sns:eu-central-1:111111111111:page',
  HOLDFAST_TICKET_TOPIC: 'arn:aws:sns:eu-central-1:111111111111:ticket',
  HOLDFAST_RUNBOOK_URL: 'docs/runbook.md',
  HOLDFAST_DEPLOYMENT_ROLE: ROLES.deployment,
  HOLDFAST_PROOF_ROLE: ROLES.proof,
  AWS_REGION: 'eu-central-1',
};

beforeEach(() => {
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

describe('judge-change', () => {
  test.each([{}, { 'detail-type': 'Object Deleted' }])(
    'refuses what is no event of CloudTrail: %j',
    async (event) => {
      captureLines();
      await expect(handler(event, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-EVENT' });
    },
  );

  test.each(Object.keys(ENVIRONMENT).filter((name) => name.startsWith('HOLDFAST_')))(
    'fails when the deployment does not say %s',
    async (name) => {
      captureLines();
      vi.stubEnv(name, '');
      const event = trailEvent(keyCall('DisableKey'));
      await expect(handler(event, lambdaContext())).rejects.toMatchObject({
        code: 'CONFIG-INVALID',
        message: expect.stringContaining(name),
      });
    },
  );

  test('logs what weakens nothing, and calls nobody', async () => {
    const lines = captureLines();
    const event = trailEvent(keyCall('UpdateKeyDescription'));
    expect(await handler(event, lambdaContext())).toBe('log');
    expect(lines.logged('guard.change.judged')).toMatchObject([{ action: 'log' }]);
  });
});
