import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { ECSClient, ListTasksCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/start-base-backup/handler.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { occurrenceId } from '../../lib/core/contract/deployed-names.ts';
import { listKeys } from '../contract/store-helpers.ts';
import { captureLines } from '../support/captured-lines.ts';
import { temporaryFolder } from '../support/folders.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { claimTestLineage } from '../support/wal-fixture.ts';
import { STARTER_ENVIRONMENT } from './starter-environment.ts';

const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/holdfast/0f1e';
const ecs = mockClient(ECSClient);
const cloudWatch = mockClient(CloudWatchClient);

beforeEach(() => {
  ecs.reset();
  cloudWatch.reset();
  for (const [name, value] of Object.entries(STARTER_ENVIRONMENT)) vi.stubEnv(name, value);
  ecs.on(ListTasksCommand).resolves({ taskArns: [] });
  ecs.on(RunTaskCommand).resolves({ tasks: [{ taskArn: TASK }], failures: [] });
  cloudWatch.on(GetMetricDataCommand).resolves({
    MetricDataResults: [
      { Id: 'm0', Values: [1] },
      { Id: 'm1', Values: [2] },
    ],
  });
});
afterEach(() => vi.unstubAllEnvs());

/** An event that is due now, and the keys of the records that it makes. */
function dueEvent(): { readonly event: object; readonly records: readonly string[] } {
  const due = new Date();
  const stem = `run/base-backup/${occurrenceId(due)}`;
  return {
    event: { scheduledTime: due.toISOString(), kind: 'base-backup' },
    records: [`${stem}-task-1.json`, `${stem}.json`],
  };
}

describe('start-base-backup', () => {
  test('starts the task of an occurrence once, and says so', async () => {
    const url = pathToFileURL(await temporaryFolder()).href;
    vi.stubEnv('HOLDFAST_STORE', url);
    const store = await openObjectStore(url);
    const { keys } = await claimTestLineage(store);
    const lines = captureLines();
    const { event, records } = dueEvent();
    expect(await handler(event, lambdaContext())).toEqual({ taskArn: TASK });
    expect(await handler(event, lambdaContext())).toEqual({ skipped: 'started' });
    expect(ecs.commandCalls(RunTaskCommand)).toHaveLength(1);
    expect(ecs.commandCalls(RunTaskCommand)[0]?.args[0].input).toMatchObject({
      cluster: STARTER_ENVIRONMENT.HOLDFAST_ECS_CLUSTER,
      taskDefinition: STARTER_ENVIRONMENT.HOLDFAST_TASK_DEFINITION,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
      networkConfiguration: {
        awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] },
      },
    });
    expect(await listKeys(store, `${keys.prefix}run/`)).toEqual(
      records.map((name) => `${keys.prefix}${name}`),
    );
    expect(lines.logged('run.started')).toMatchObject([
      { task_arn: TASK, provider: 'FARGATE_SPOT', function_request_id: 'a-request' },
    ]);
    expect(lines.logged('run.skipped')).toMatchObject([{ reason: 'started' }]);
  });

  test('fails with a code, and says it once, while the agent is silent', async () => {
    const url = pathToFileURL(await temporaryFolder()).href;
    vi.stubEnv('HOLDFAST_STORE', url);
    await claimTestLineage(await openObjectStore(url));
    cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });
    const lines = captureLines();
    const { event } = dueEvent();
    await expect(handler(event, lambdaContext())).rejects.toMatchObject({
      code: 'BACKUP-ARCHIVING',
    });
    expect(lines.logged('function.failed')).toMatchObject([{ error_code: 'BACKUP-ARCHIVING' }]);
    expect(ecs.commandCalls(RunTaskCommand)).toHaveLength(0);
  });

  test.each([
    { scheduledTime: '<aws.scheduler.scheduled-time>', kind: 'base-backup' },
    { scheduledTime: '2026-12-01T01:00:00Z', kind: 'drill' },
    { scheduledTime: '2026-12-01T01:00:00Z' },
    {},
  ])('refuses what its schedule does not send: %j', async (event) => {
    captureLines();
    await expect(handler(event, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-EVENT' });
    expect(ecs.calls()).toEqual([]);
  });

  test('names all that the deployment did not say', async () => {
    captureLines();
    vi.stubEnv('HOLDFAST_SUBNETS', '');
    vi.stubEnv('HOLDFAST_CAPACITY_PROVIDER', 'EC2');
    await expect(handler(dueEvent().event, lambdaContext())).rejects.toMatchObject({
      code: 'CONFIG-INVALID',
      message: expect.stringMatching(/HOLDFAST_SUBNETS.*HOLDFAST_CAPACITY_PROVIDER/),
    });
  });
});
