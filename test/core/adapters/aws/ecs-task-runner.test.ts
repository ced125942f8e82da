import {
  ConflictException,
  DescribeTasksCommand,
  ECSClient,
  ECSServiceException,
  ListTasksCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, test } from 'vitest';
import { ecsTaskRunner } from '../../../../lib/core/adapters/aws/ecs-task-runner.ts';
import type { TaskRequest } from '../../../../lib/core/ports/task-runner.ts';
import { codeOf, refusalOf } from '../../../contract/store-helpers.ts';

const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/holdfast';
const DEFINITION = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/orders-backup:7';
const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/holdfast/0f1e';
const REQUEST: TaskRequest = {
  environment: { HOLDFAST_OCCURRENCE: '20261201T010000Z', HOLDFAST_ATTEMPT: '1' },
  startedBy: 'holdfast/base-backup/20261201T010000Z/1',
  clientToken: 'token',
  capacityProvider: 'FARGATE_SPOT',
};

const ecs = mockClient(ECSClient);
afterEach(() => ecs.reset());

const runner = ecsTaskRunner(
  {
    ecsCluster: CLUSTER,
    taskDefinition: DEFINITION,
    subnets: ['subnet-1', 'subnet-2'],
    securityGroups: ['sg-1'],
  },
  new ECSClient({ region: 'eu-central-1' }),
);

/** An error of the service, by its name. */
function serviceError(name: string, message: string): ECSServiceException {
  return new ECSServiceException({ name, message, $fault: 'client', $metadata: {} });
}

describe('ecsTaskRunner', () => {
  test('asks for one task, without a public address, told what it runs for', async () => {
    ecs.on(RunTaskCommand).resolves({ tasks: [{ taskArn: TASK }], failures: [] });
    expect(await runner.start(REQUEST)).toEqual({ taskArn: TASK });
    expect(ecs.commandCalls(RunTaskCommand)[0]?.args[0].input).toEqual({
      cluster: CLUSTER,
      taskDefinition: DEFINITION,
      count: 1,
      startedBy: REQUEST.startedBy,
      clientToken: 'token',
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ['subnet-1', 'subnet-2'],
          securityGroups: ['sg-1'],
          assignPublicIp: 'DISABLED',
        },
      },
      overrides: {
        containerOverrides: [
          {
            name: 'task',
            environment: [
              { name: 'HOLDFAST_OCCURRENCE', value: '20261201T010000Z' },
              { name: 'HOLDFAST_ATTEMPT', value: '1' },
            ],
          },
        ],
      },
      propagateTags: 'TASK_DEFINITION',
    });
  });

  test.each([
    'RESOURCE:ENI',
    'Capacity is unavailable at this time. Please try again later or in a different availability zone',
  ])('reads in an answer of status 200 that there is no room: %s', async (reason) => {
    ecs.on(RunTaskCommand).resolves({ tasks: [], failures: [{ arn: 'arn', reason }] });
    expect(await runner.start(REQUEST)).toEqual({ refusal: 'no-room', reason });
  });

  test.each([
    ['ClientException', 'Capacity is unavailable at this time.', 'no-room'],
    ['LimitExceededException', 'vCPU quota', 'no-room'],
    ['ThrottlingException', 'Rate exceeded', 'throttled'],
    ['ServerException', 'Service Unavailable', 'throttled'],
  ])('takes %s (%s) for what may pass', async (name, message, refusal) => {
    ecs.on(RunTaskCommand).rejects(serviceError(name, message));
    expect(await runner.start(REQUEST)).toMatchObject({ refusal });
  });

  test.each([
    ['MISSING', undefined],
    ['ATTRIBUTE', 'no such attribute'],
  ])('refuses for good after %s', async (reason, detail) => {
    ecs.on(RunTaskCommand).resolves({ failures: [{ reason, ...(detail && { detail }) }] });
    const refusal = await refusalOf(runner.start(REQUEST));
    expect(refusal.code).toBe('BACKUP-NOT-STARTED');
    expect(refusal.message).toContain(reason);
  });

  test('refuses when ECS names neither a task nor a reason', async () => {
    ecs.on(RunTaskCommand).resolves({});
    expect(await codeOf(runner.start(REQUEST))).toBe('BACKUP-NOT-STARTED');
  });

  test.each([
    ['AccessDeniedException', 'AWS-DENIED'],
    ['ClusterNotFoundException', 'AWS-ABSENT'],
    ['InvalidParameterException', 'AWS-FAILED'],
  ])('fails for good with %s as %s', async (name, code) => {
    ecs
      .on(RunTaskCommand)
      .rejects(serviceError(name, 'the capacity provider strategy is not associated'));
    expect(await codeOf(runner.start(REQUEST))).toBe(code);
  });

  test('gives the task that was started with the same token and other parameters', async () => {
    const message = 'clientToken is in use';
    const conflict = new ConflictException({ message, resourceIds: [TASK], $metadata: {} });
    ecs.on(RunTaskCommand).rejects(conflict);
    expect(await runner.start({ ...REQUEST, capacityProvider: 'FARGATE' })).toEqual({
      taskArn: TASK,
    });
  });

  test('fails when a conflict names no task', async () => {
    ecs.on(RunTaskCommand).rejects(new ConflictException({ message: 'no', $metadata: {} }));
    expect(await codeOf(runner.start(REQUEST))).toBe('AWS-FAILED');
  });

  test('finds tasks of every page, at work and stopped, and says who started them', async () => {
    ecs
      .on(ListTasksCommand, { desiredStatus: 'RUNNING' })
      .resolvesOnce({ taskArns: ['a'], nextToken: 'more' })
      .resolvesOnce({ taskArns: ['b'] });
    ecs.on(ListTasksCommand, { desiredStatus: 'STOPPED' }).resolves({ taskArns: ['c'] });
    ecs.on(DescribeTasksCommand).callsFake(({ tasks }: { tasks: string[] }) => ({
      tasks: tasks.map((taskArn) => ({
        taskArn,
        startedBy: `by ${taskArn}`,
        lastStatus: taskArn === 'c' ? 'STOPPED' : 'RUNNING',
      })),
    }));
    expect(await runner.tasks()).toEqual([
      { taskArn: 'a', startedBy: 'by a', isStopped: false },
      { taskArn: 'b', startedBy: 'by b', isStopped: false },
      { taskArn: 'c', startedBy: 'by c', isStopped: true },
    ]);
    const [first] = ecs.commandCalls(ListTasksCommand);
    expect(first?.args[0].input).toMatchObject({ cluster: CLUSTER, family: 'orders-backup' });
  });

  test('describes nothing when there is no task', async () => {
    ecs.on(ListTasksCommand).resolves({ taskArns: [] });
    expect(await runner.tasks()).toEqual([]);
    expect(ecs.commandCalls(DescribeTasksCommand)).toHaveLength(0);
  });

  test('ends with the reason of its signal', async () => {
    const reason = new Error('time is up');
    ecs.on(RunTaskCommand).rejects(new Error('aborted'));
    const signal = AbortSignal.abort(reason);
    await expect(runner.start(REQUEST, { signal })).rejects.toBe(reason);
  });
});
