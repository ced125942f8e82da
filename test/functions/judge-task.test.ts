import { ECSClient, ListTasksCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/judge-task/handler.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { captureLines } from '../support/captured-lines.ts';
import { temporaryFolder } from '../support/folders.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { claimTestLineage, putSegment, segment } from '../support/wal-fixture.ts';
import { STARTER_ENVIRONMENT } from './starter-environment.ts';

const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/holdfast/0f1e';
const RETRY = 'arn:aws:ecs:eu-central-1:111122223333:task/holdfast/2d3c';
const ecs = mockClient(ECSClient);

beforeEach(() => {
  ecs.reset();
  for (const [name, value] of Object.entries(STARTER_ENVIRONMENT)) vi.stubEnv(name, value);
  ecs.on(ListTasksCommand).resolves({ taskArns: [] });
  ecs.on(RunTaskCommand).resolves({ tasks: [{ taskArn: RETRY }], failures: [] });
});
afterEach(() => vi.unstubAllEnvs());

/** An event as EventBridge delivers it. */
function stopEvent(detail: object): object {
  return {
    version: '0',
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    region: 'eu-central-1',
    detail: {
      taskArn: TASK,
      clusterArn: STARTER_ENVIRONMENT.HOLDFAST_ECS_CLUSTER,
      taskDefinitionArn: STARTER_ENVIRONMENT.HOLDFAST_TASK_DEFINITION,
      group: 'family:prod-orders-backup',
      lastStatus: 'STOPPED',
      startedBy: 'holdfast/base-backup/20261201T010000Z/1',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      createdAt: '2026-12-01T01:01:00.5Z',
      startedAt: '2026-12-01T01:02:00Z',
      stoppedAt: '2026-12-01T01:30:00Z',
      containers: [{ name: 'task', exitCode: 0 }],
      ...detail,
    },
  };
}

async function openStore(): Promise<{ readonly store: ObjectStore; readonly lineage: Lineage }> {
  const url = pathToFileURL(await temporaryFolder()).href;
  vi.stubEnv('HOLDFAST_STORE', url);
  const store = await openObjectStore(url);
  return { store, lineage: await claimTestLineage(store) };
}

describe('judge-task', () => {
  test('publishes a success with its size and duration, and says where its log is', async () => {
    const { store, lineage } = await openStore();
    await putSegment(store, lineage, segment(2));
    const finishedAt = new Date('2026-12-01T01:29:00Z');
    const { bytes } = await putBackup(store, lineage, { start: 2, finishedAt });
    const lines = captureLines();
    await handler(stopEvent({}), lambdaContext());
    expect(lines.metrics()).toMatchObject({
      Environment: 'prod',
      Cluster: 'orders',
      service: 'holdfast',
      BackupSucceeded: 1,
      BackupDurationSec: 28 * 60,
      BackupBytes: bytes,
    });
    expect(lines.logged('run.judged')).toMatchObject([
      { verdict: 'succeeded', task_log: expect.stringContaining('task$252Ftask$252F0f1e') },
    ]);
  });

  test('starts the retry of a task that was interrupted, on plain capacity', async () => {
    await openStore();
    const lines = captureLines();
    const event = stopEvent({ stopCode: 'SpotInterruption', containers: [{ name: 'task' }] });
    expect(await handler(event, lambdaContext())).toEqual({
      verdict: 'interrupted',
      isRetried: true,
    });
    expect(ecs.commandCalls(RunTaskCommand).map(({ args }) => args[0].input)).toMatchObject([
      {
        startedBy: 'holdfast/base-backup/20261201T010000Z/2',
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }],
      },
    ]);
    expect(lines.metrics()).toMatchObject({ BackupRetried: 1 });
    expect(lines.logged('run.judged')).toMatchObject([{ level: 'WARN', error_code: 'ABORTED' }]);
  });

  test('does not fail for a task that did', async () => {
    await openStore();
    const lines = captureLines();
    await handler(stopEvent({ containers: [{ name: 'task', exitCode: 98 }] }), lambdaContext());
    expect(lines.metrics()).toMatchObject({ BackupFailed: 1 });
    expect(lines.logged('run.judged')).toMatchObject([
      { level: 'ERROR', error_code: 'PG-SETTINGS' },
    ]);
    expect(lines.logged('function.failed')).toEqual([]);
  });

  test('fails itself when the store is not there', async () => {
    vi.stubEnv('HOLDFAST_STORE', 'file:///nonexistent/store');
    const lines = captureLines();
    await expect(handler(stopEvent({}), lambdaContext())).rejects.toMatchObject({
      code: 'STORE-MISSING',
    });
    expect(lines.logged('function.failed')).toHaveLength(1);
  });

  test.each([{ lastStatus: 'RUNNING' }, { taskArn: undefined }])(
    'refuses what its rule does not send: %j',
    async (detail) => {
      captureLines();
      const event = stopEvent(detail);
      await expect(handler(event, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-EVENT' });
    },
  );
});
