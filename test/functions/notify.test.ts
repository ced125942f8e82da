import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/notify/handler.ts';
import { lambdaContext } from '../support/lambda-context.ts';

const RECORD = { Sns: { TopicArn: 'arn', MessageId: '1', Message: 'text' } };
const ENVIRONMENT = {
  HOLDFAST_ENVIRONMENT: 'prod',
  HOLDFAST_CLUSTER: 'orders',
  HOLDFAST_PAGE_TOPIC: 'page',
  HOLDFAST_TICKET_TOPIC: 'ticket',
  HOLDFAST_RUNBOOK_URL: 'https://example.com/runbook.md',
  HOLDFAST_ROUTES: '{"page":{},"ticket":{}}',
  HOLDFAST_REPEAT_MINUTES: '15',
};

beforeEach(() => {
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('notify', () => {
  test.each([
    null,
    {},
    { Records: [] },
    { Records: [RECORD, { Sns: {} }] },
    { repeat: 'now' },
    { repeat: '2026-12-01 05:10' },
    { prove: 'now' },
  ])('refuses %j, which nobody sends', async (event) => {
    await expect(handler(event, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-EVENT' });
  });

  test.each([
    { variable: 'HOLDFAST_ROUTES', value: '{' },
    { variable: 'HOLDFAST_ROUTES', value: '{"page":{}}' },
    { variable: 'HOLDFAST_PAGE_TOPIC', value: '' },
    { variable: 'HOLDFAST_REPEAT_MINUTES', value: '0' },
  ])('fails when $variable is $value', async ({ variable, value }) => {
    vi.stubEnv(variable, value);
    await expect(handler({ Records: [RECORD] }, lambdaContext())).rejects.toMatchObject({
      code: 'CONFIG-INVALID',
    });
  });

  test('fails when there is nobody to be told', async () => {
    await expect(handler({ Records: [RECORD] }, lambdaContext())).rejects.toMatchObject({
      code: 'PAGE-FAILED',
    });
  });
});
