import {
  ConflictException,
  DescribeTasksCommand,
  type DesiredStatus,
  ECSClient,
  paginateListTasks,
  RunTaskCommand,
  type RunTaskCommandInput,
  type RunTaskCommandOutput,
  type Task,
} from '@aws-sdk/client-ecs';
import { TASK_CONTAINER } from '../../contract/deployed-names.ts';
import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { FoundTask, TaskAnswer, TaskRequest, TaskRunner } from '../../ports/task-runner.ts';
import { taskFamily } from '../../runs/ecs-arns.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** Which tasks run, and where. */
export interface TaskPlacement {
  /** ARN of the ECS cluster. */
  readonly ecsCluster: string;
  /** ARN of the task definition, with its revision. */
  readonly taskDefinition: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

/** No room in the data center, or in what of it this account may use at a time. */
const NO_ROOM = /\bRESOURCE:|capacity is unavailable|LimitExceeded|limit on the number/i;
const THROTTLED = /throttl|rate exceeded|TooManyRequests|ServerException/i;
const LISTED_AT_ONCE = 100;

/** Runs tasks on ECS with Fargate, without a public address. */
export function ecsTaskRunner(
  placement: TaskPlacement,
  client = new ECSClient(CLIENT_SETTINGS),
): TaskRunner {
  const { ecsCluster, taskDefinition } = placement;
  const family = taskFamily(taskDefinition);
  return {
    start: async (request, { signal } = {}) => {
      const command = new RunTaskCommand(inputOf(placement, request));
      const call = async (): Promise<RunTaskCommandOutput> =>
        client.send(command, { abortSignal: signal });
      try {
        const what = `ecs:RunTask of ${family} on ${ecsCluster}`;
        return answerOf(await awsCall(what, async () => orStanding(call), signal));
      } catch (error) {
        return refusalOf(error);
      }
    },
    tasks: async (options = {}) => {
      const found: FoundTask[] = [];
      // Without a status only those are listed that are meant to run.
      for (const status of ['RUNNING', 'STOPPED'] as const) {
        found.push(...(await tasksOf(client, { ecsCluster, family, status }, options)));
      }
      return found;
    },
  };
}

function inputOf(placement: TaskPlacement, request: TaskRequest): RunTaskCommandInput {
  const { ecsCluster, taskDefinition, subnets, securityGroups } = placement;
  const environment = Object.entries(request.environment).map(([name, value]) => ({ name, value }));
  return {
    cluster: ecsCluster,
    taskDefinition,
    count: 1,
    startedBy: request.startedBy,
    clientToken: request.clientToken,
    capacityProviderStrategy: [{ capacityProvider: request.capacityProvider, weight: 1 }],
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets],
        securityGroups: [...securityGroups],
        assignPublicIp: 'DISABLED',
      },
    },
    overrides: { containerOverrides: [{ name: TASK_CONTAINER, environment }] },
    propagateTags: 'TASK_DEFINITION',
  };
}

/**
 * The task that the token stands for, when it was started with other parameters: on other capacity, or in
 * another revision.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
 */
async function orStanding(
  call: () => Promise<RunTaskCommandOutput>,
): Promise<Pick<RunTaskCommandOutput, 'tasks' | 'failures'>> {
  try {
    return await call();
  } catch (error) {
    const taskArn = error instanceof ConflictException ? error.resourceIds?.[0] : undefined;
    if (taskArn === undefined) throw error;
    return { tasks: [{ taskArn }] };
  }
}

/**
 * Reads an answer whose status is 200 also when nothing was started.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
 */
function answerOf({
  tasks = [],
  failures = [],
}: Pick<RunTaskCommandOutput, 'tasks' | 'failures'>): TaskAnswer {
  const taskArn = tasks[0]?.taskArn;
  if (taskArn !== undefined) return { taskArn };
  const said = failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': '));
  const reason = said.join('; ');
  if (NO_ROOM.test(reason)) return { refusal: 'no-room', reason };
  throw new OpsError(
    'BACKUP-NOT-STARTED',
    `ECS started no task: ${reason || 'it gives no reason'}`,
    {
      hint: 'see the task definition, the subnets and the capacity providers of the ECS cluster',
    },
  );
}

/** What may pass within seconds is an answer; all else stays thrown. */
function refusalOf(error: unknown): TaskAnswer {
  if (!isOpsError(error, 'AWS-FAILED')) throw error;
  const said = `${error.details['error']} ${error.message}`;
  if (NO_ROOM.test(said)) return { refusal: 'no-room', reason: error.message };
  if (THROTTLED.test(said)) return { refusal: 'throttled', reason: error.message };
  throw error;
}

interface ListedTasks {
  readonly ecsCluster: string;
  readonly family: string;
  readonly status: DesiredStatus;
}

async function tasksOf(
  client: ECSClient,
  { ecsCluster, family, status }: ListedTasks,
  { signal }: CallOptions,
): Promise<readonly FoundTask[]> {
  return awsCall(
    `ecs:ListTasks and ecs:DescribeTasks of ${family} on ${ecsCluster}`,
    async () => {
      const found: FoundTask[] = [];
      const listing = paginateListTasks(
        { client, pageSize: LISTED_AT_ONCE },
        { cluster: ecsCluster, family, desiredStatus: status },
        { abortSignal: signal },
      );
      for await (const { taskArns = [] } of listing) {
        if (taskArns.length === 0) continue;
        const describe = new DescribeTasksCommand({ cluster: ecsCluster, tasks: taskArns });
        const { tasks = [] } = await client.send(describe, { abortSignal: signal });
        found.push(...tasks.flatMap(foundTask));
      }
      return found;
    },
    signal,
  );
}

function foundTask({ taskArn, startedBy, lastStatus }: Task): FoundTask[] {
  if (taskArn === undefined) return [];
  return [{ taskArn, startedBy, isStopped: lastStatus === 'STOPPED' }];
}
