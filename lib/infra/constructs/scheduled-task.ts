import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { TaskRunConfig } from '../../core/config/starter-config.ts';
import {
  type RunKind,
  TASK_CONTAINER,
  TASK_LOG_PREFIX,
} from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import { acknowledge } from '../acknowledge.ts';
import { allow } from '../allow.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import type { TaskSize } from '../deployment/task-size.ts';
import type { HoldfastImage } from '../image/holdfast-image.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { NetworkStack } from '../stacks/network-stack.ts';

/** Props of {@link ScheduledTask}. */
export interface ScheduledTaskProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly image: HoldfastImage;
  /** The role of the image, and of its claims in the store. */
  readonly kind: RunKind;
  /** Of the ECS cluster, which no other task has. */
  readonly clusterName: string;
  /** For people, such as `Base backups of orders`. */
  readonly description: string;
  readonly size: z.output<typeof TaskSize>;
  /** Of a first attempt; a retry never runs on spot capacity. */
  readonly capacity: 'FARGATE' | 'FARGATE_SPOT';
  /** What its container is told. */
  readonly variables: Record<string, string>;
  /** What its role may do. */
  readonly statements: readonly iam.PolicyStatement[];
  /** Why some of them name no single resource. */
  readonly wildcards: string;
}

/** The most that Fargate gives to a container that is told to stop. */
const STOP_TIMEOUT = Duration.seconds(120);

/** A task that functions start: what runs, with which rights, and where. */
export class ScheduledTask extends Construct {
  /** Known beforehand, so that policies can name its tasks. */
  readonly clusterName: string;
  readonly ecsCluster: ecs.Cluster;
  readonly definition: ecs.FargateTaskDefinition;
  readonly securityGroup: ec2.SecurityGroup;
  readonly subnet: ec2.ISubnet;
  readonly logGroup: logs.LogGroup;

  private readonly props: ScheduledTaskProps;

  constructor(scope: Construct, id: string, props: ScheduledTaskProps) {
    super(scope, id);
    const { network, availabilityZone, description } = props;
    this.props = props;
    this.clusterName = props.clusterName;
    this.subnet = network.subnetIn(availabilityZone);
    this.logGroup = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.ecsCluster = new ecs.Cluster(this, 'Cluster', {
      clusterName: this.clusterName,
      vpc: network.vpc,
      enableFargateCapacityProviders: true,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description,
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS services');
    this.definition = this.define();
  }

  /** To start the task, to see what runs, and to hand it its roles. */
  start(): iam.PolicyStatement[] {
    const onlyHere = { ArnEquals: { 'ecs:cluster': this.ecsCluster.clusterArn } };
    const { taskRole, executionRole, taskDefinitionArn } = this.definition;
    return [
      new iam.PolicyStatement({
        sid: 'StartTheTask',
        actions: ['ecs:RunTask'],
        resources: [taskDefinitionArn],
        conditions: onlyHere,
      }),
      new iam.PolicyStatement({
        sid: 'TagTheTask',
        actions: ['ecs:TagResource'],
        resources: [this.arnOfTasks()],
        conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
      }),
      new iam.PolicyStatement({
        sid: 'SeeWhatRuns',
        actions: ['ecs:ListTasks'],
        resources: ['*'],
        conditions: onlyHere,
      }),
      new iam.PolicyStatement({
        sid: 'SeeWhatBecameOfIt',
        actions: ['ecs:DescribeTasks'],
        resources: [this.arnOfTasks()],
      }),
      new iam.PolicyStatement({
        sid: 'HandTheTaskItsRoles',
        actions: ['iam:PassRole'],
        resources: [
          taskRole.roleArn,
          ...(executionRole === undefined ? [] : [executionRole.roleArn]),
        ],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    ];
  }

  /** What functions are told that start it. */
  runVariables(): z.input<typeof TaskRunConfig> {
    const { environment, cluster, data, capacity } = this.props;
    return {
      [DeployedEnv.ENVIRONMENT]: environment,
      [Env.CLUSTER]: cluster.id,
      ...data.vault.variables(),
      [DeployedEnv.ECS_CLUSTER]: this.ecsCluster.clusterArn,
      [DeployedEnv.TASK_DEFINITION]: this.definition.taskDefinitionArn,
      [DeployedEnv.SUBNETS]: this.subnet.subnetId,
      [DeployedEnv.SECURITY_GROUPS]: this.securityGroup.securityGroupId,
      [DeployedEnv.CAPACITY_PROVIDER]: capacity,
      [DeployedEnv.TASK_LOG_GROUP]: this.logGroup.logGroupName,
    };
  }

  private arnOfTasks(): string {
    return Stack.of(this).formatArn({
      service: 'ecs',
      resource: 'task',
      resourceName: `${this.clusterName}/*`,
    });
  }

  private define(): ecs.FargateTaskDefinition {
    const { cluster, environment, kind, size, image, variables } = this.props;
    const { ARM64, X86_64 } = ecs.CpuArchitecture;
    const definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      family: `holdfast-${environment}-${cluster.id}-${kind}`,
      cpu: size.vcpu * 1_024,
      memoryLimitMiB: size.memoryGiB * 1_024,
      runtimePlatform: {
        cpuArchitecture: cluster.instance.architecture === 'arm64' ? ARM64 : X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      executionRole: this.executionRole(),
      taskRole: this.taskRole(),
    });
    definition.addContainer(TASK_CONTAINER, {
      image: ecs.ContainerImage.fromDockerImageAsset(image),
      command: [kind],
      environment: variables,
      readonlyRootFilesystem: true,
      linuxParameters: new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      memoryLimitMiB: size.memoryGiB * 1_024,
      stopTimeout: STOP_TIMEOUT,
      logging: ecs.LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix: TASK_LOG_PREFIX }),
    });
    acknowledge(
      definition,
      'ECS2',
      'names and limits only: a password is read from its secret at run time',
    );
    return definition;
  }

  private executionRole(): iam.Role {
    const role = new iam.Role(this, 'ExecutionRole', {
      assumedBy: ecsTasks(this),
      description: 'Holdfast: pulls the image of a task and writes its log',
    });
    const writeLog = new iam.PolicyStatement({
      sid: 'WriteItsLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    allow(role, [...this.props.image.pull(), writeLog], 'the registry’s login knows no resources');
    return role;
  }

  private taskRole(): iam.Role {
    const { environment, cluster, kind, statements, wildcards } = this.props;
    const role = new iam.Role(this, 'TaskRole', {
      assumedBy: ecsTasks(this),
      description: `Holdfast: the task ${kind} of ${environment}/${cluster.id}`,
    });
    allow(role, statements, wildcards);
    return role;
  }
}

/**
 * Fargate, for tasks of this account only.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 */
function ecsTasks(scope: Construct): iam.ServicePrincipal {
  const { account } = Stack.of(scope);
  return new iam.ServicePrincipal('ecs-tasks.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': account } },
  });
}
