import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { randomBytes } from 'node:crypto';
import { vi } from 'vitest';
import { ecsTaskRunner } from '../../lib/core/adapters/aws/ecs-task-runner.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import {
  Dimension,
  METRIC_NAMESPACE,
  type MetricName,
  SERVICE,
} from '../../lib/core/contract/metrics.ts';
import { occurrenceId } from '../../lib/core/contract/deployed-names.ts';
import type { RunKeys } from '../../lib/core/contract/key-layout.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { claimTestLineage } from '../support/wal-fixture.ts';

/** A cluster deployed to an API server: its bucket, key, ECS cluster and task definition. */
export interface FunctionStage {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly kmsKey: string;
  readonly taskDefinition: string;
  /** ARNs of the tasks that were started by `startedBy`. */
  tasksOf(startedBy: string): Promise<readonly string[]>;
  /** The task once ECS calls it stopped. */
  stopped(taskArn: string): Promise<Task>;
  /** Publishes metrics of so many minutes ago. @default 1 */
  publish(values: Partial<Record<MetricName, number>>, minutesAgo?: number): Promise<void>;
}

/** What the agent of a healthy cluster says. */
export const HEALTHY = { AgentAlive: 1, ArchiveLagSec: 2, DataVolumeFreePercent: 60 };

/** An occurrence of a base backup. */
export interface Due {
  readonly event: object;
  readonly occurrence: string;
  readonly first: string;
  readonly retry: string;
}

/** One that is due now. */
export function dueNow(): Due {
  const due = new Date();
  const occurrence = occurrenceId(due);
  return {
    event: { scheduledTime: due.toISOString(), kind: 'base-backup' },
    occurrence,
    first: `holdfast/base-backup/${occurrence}/1`,
    retry: `holdfast/base-backup/${occurrence}/2`,
  };
}

/** Deploys a cluster that no other test has, and tells this process of it as a deployment would. */
export async function deployFunctions(): Promise<FunctionStage> {
  const environment = `t${randomBytes(4).toString('hex')}`;
  const bucket = `holdfast-${environment}`;
  await new S3Client({ forcePathStyle: true }).send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  );
  const key = await new KMSClient().send(new CreateKeyCommand({}));
  const kmsKey = key.KeyMetadata?.Arn ?? '';
  const ecs = new ECSClient();
  const placement = await placeTasks(ecs, environment);
  const told = {
    HOLDFAST_ENVIRONMENT: environment,
    HOLDFAST_CLUSTER: 'orders',
    HOLDFAST_STORE: `s3://${bucket}/prod`,
    HOLDFAST_KMS_KEY: kmsKey,
    ...placement,
    HOLDFAST_CAPACITY_PROVIDER: 'FARGATE_SPOT',
    HOLDFAST_TASK_LOG_GROUP: '/holdfast/tasks',
    HOLDFAST_ARCHIVE_LAG_LIMIT_SEC: '300',
  };
  for (const [name, value] of Object.entries(told)) vi.stubEnv(name, value);
  const store = await openObjectStore(told.HOLDFAST_STORE, { kmsKey });
  const cluster = placement.HOLDFAST_ECS_CLUSTER;
  return {
    store,
    lineage: await claimTestLineage(store),
    kmsKey,
    taskDefinition: placement.HOLDFAST_TASK_DEFINITION,
    tasksOf: async (startedBy) => {
      const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, startedBy }));
      return taskArns;
    },
    stopped: async (taskArn) => stoppedTask(ecs, cluster, taskArn),
    publish: async (values, minutesAgo) => publish(environment, values, minutesAgo),
  };
}

/** The call of one invocation. */
export function invocation(id: string): Context {
  return { ...lambdaContext(), awsRequestId: id };
}

interface Placement {
  readonly HOLDFAST_ECS_CLUSTER: string;
  readonly HOLDFAST_TASK_DEFINITION: string;
  readonly HOLDFAST_SUBNETS: string;
  readonly HOLDFAST_SECURITY_GROUPS: string;
}

/** The server knows Fargate as a launch type only: tasks of a capacity provider want an instance. */
async function placeTasks(ecs: ECSClient, name: string): Promise<Placement> {
  const ec2 = new EC2Client();
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1 }),
  );
  const { cluster } = await ecs.send(new CreateClusterCommand({ clusterName: name }));
  const document = { instanceId: Instances[0]?.InstanceId };
  await ecs.send(
    new RegisterContainerInstanceCommand({
      cluster: name,
      instanceIdentityDocument: JSON.stringify(document),
    }),
  );
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: `${name}-backup`,
      networkMode: 'awsvpc',
      containerDefinitions: [{ name: 'task', image: 'holdfast', memory: 64 }],
    }),
  );
  return {
    HOLDFAST_ECS_CLUSTER: cluster?.clusterArn ?? '',
    HOLDFAST_TASK_DEFINITION: taskDefinition?.taskDefinitionArn ?? '',
    HOLDFAST_SUBNETS: Subnets.map(({ SubnetId }) => SubnetId).join(','),
    HOLDFAST_SECURITY_GROUPS: SecurityGroups[0]?.GroupId ?? '',
  };
}

/** Starts a task as a function does that is not heard of again. */
export async function runUnrecorded(startedBy: string): Promise<string> {
  const told = (name: string): string => process.env[`HOLDFAST_${name}`] ?? '';
  const runner = ecsTaskRunner({
    ecsCluster: told('ECS_CLUSTER'),
    taskDefinition: told('TASK_DEFINITION'),
    subnets: told('SUBNETS').split(','),
    securityGroups: told('SECURITY_GROUPS').split(','),
  });
  const answer = await runner.start({
    environment: {},
    startedBy,
    clientToken: 'token',
    capacityProvider: 'FARGATE',
  });
  if ('taskArn' in answer) return answer.taskArn;
  throw new Error(answer.reason);
}

/** Keys of an occurrence's records. */
export function runKeys({ lineage }: FunctionStage, { occurrence }: Due): RunKeys {
  return lineage.keys.run('base-backup', occurrence);
}

/** Each look brings the task further. */
async function stoppedTask(ecs: ECSClient, cluster: string, taskArn: string): Promise<Task> {
  for (let looks = 0; looks < 9; looks += 1) {
    const command = new DescribeTasksCommand({ cluster, tasks: [taskArn] });
    const { tasks: [task] = [] } = await ecs.send(command);
    if (task?.lastStatus === 'STOPPED') return task;
  }
  throw new Error(`${taskArn} does not stop`);
}

async function publish(
  environment: string,
  values: Partial<Record<MetricName, number>>,
  // The minute that is not over yet is none of those asked for.
  minutesAgo = 1,
): Promise<void> {
  const Dimensions = [
    { Name: Dimension.SERVICE, Value: SERVICE },
    { Name: Dimension.ENVIRONMENT, Value: environment },
    { Name: Dimension.CLUSTER, Value: 'orders' },
  ];
  const Timestamp = new Date(Date.now() - minutesAgo * 60_000);
  await new CloudWatchClient().send(
    new PutMetricDataCommand({
      Namespace: METRIC_NAMESPACE,
      MetricData: Object.entries(values).map(([MetricName, Value]) => ({
        MetricName,
        Value,
        Dimensions,
        Timestamp,
      })),
    }),
  );
}
