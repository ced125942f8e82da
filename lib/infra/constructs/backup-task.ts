import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { BaseBackupConfig } from '../../core/config/base-backup-config.ts';
import {
  clusterParameters,
  DatabaseRole,
  POSTGRES_PORT,
  RunKind,
  TASK_CONTAINER,
  TASK_LOG_PREFIX,
} from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import { acknowledge } from '../acknowledge.ts';
import { allow } from '../allow.ts';
import { type ClusterScope, hostName } from '../cluster-scope.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { HostStack } from '../stacks/host-stack.ts';
import type { NetworkStack } from '../stacks/network-stack.ts';
import { admit } from './admit.ts';
import { asVariables } from './as-variables.ts';
import { readParameter } from './read-parameter.ts';

/** Props of {@link BackupTask}. */
export interface BackupTaskProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly host: HostStack;
}

/** The most that Fargate gives to a container that is told to stop. */
const STOP_TIMEOUT = Duration.seconds(120);

/** The base backup's task: what runs, with which rights, and where. */
export class BackupTask extends Construct {
  /** Known beforehand, so that policies can name its tasks. */
  readonly clusterName: string;
  readonly ecsCluster: ecs.Cluster;
  readonly definition: ecs.FargateTaskDefinition;
  readonly securityGroup: ec2.SecurityGroup;
  readonly subnet: ec2.ISubnet;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: BackupTaskProps) {
    super(scope, id);
    const { network, cluster, availabilityZone } = props;
    this.clusterName = `holdfast-${props.environment}-${cluster.id}`;
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
      description: `Base backups of ${cluster.id}`,
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS services');
    admit(this, this.securityGroup, props.host.securityGroup);
    this.definition = this.define(props);
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

  private arnOfTasks(): string {
    return Stack.of(this).formatArn({
      service: 'ecs',
      resource: 'task',
      resourceName: `${this.clusterName}/*`,
    });
  }

  private define(props: BackupTaskProps): ecs.FargateTaskDefinition {
    const { cluster, environment, host } = props;
    const { size } = cluster.backup;
    const { ARM64, X86_64 } = ecs.CpuArchitecture;
    const definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      family: `holdfast-${environment}-${cluster.id}-${RunKind.BASE_BACKUP}`,
      cpu: size.vcpu * 1_024,
      memoryLimitMiB: size.memoryGiB * 1_024,
      runtimePlatform: {
        cpuArchitecture: cluster.instance.architecture === 'arm64' ? ARM64 : X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      executionRole: this.executionRole(props),
      taskRole: this.taskRole(props),
    });
    definition.addContainer(TASK_CONTAINER, {
      image: ecs.ContainerImage.fromDockerImageAsset(host.image),
      command: [RunKind.BASE_BACKUP],
      environment: taskEnvironment(props),
      readonlyRootFilesystem: true,
      linuxParameters: new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      memoryLimitMiB: size.memoryGiB * 1_024,
      stopTimeout: STOP_TIMEOUT,
      logging: ecs.LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix: TASK_LOG_PREFIX }),
    });
    acknowledge(
      definition,
      'ECS2',
      'names and limits only: the password is read from its secret at run time',
    );
    return definition;
  }

  private executionRole({ host }: BackupTaskProps): iam.Role {
    const role = new iam.Role(this, 'ExecutionRole', {
      assumedBy: ecsTasks(this),
      description: 'Holdfast: pulls the image of a task and writes its log',
    });
    const writeLog = new iam.PolicyStatement({
      sid: 'WriteItsLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    allow(role, [...host.image.pull(), writeLog], 'the registry’s login knows no resources');
    return role;
  }

  private taskRole({ data, environment, cluster }: BackupTaskProps): iam.Role {
    const role = new iam.Role(this, 'TaskRole', {
      assumedBy: ecsTasks(this),
      description: `Holdfast: base backups of ${environment}/${cluster.id}`,
    });
    const statements = [
      ...data.vault.access('backup'),
      ...data.readSecret(DatabaseRole.BACKUP),
      readParameter(this, clusterParameters(environment, cluster.id).ca),
    ];
    allow(role, statements, 'objects are told by the prefixes that a base backup writes');
    return role;
  }
}

function taskEnvironment(props: BackupTaskProps): Record<string, string> {
  const { environment, cluster, data } = props;
  const { backup } = cluster;
  const variables: z.input<typeof BaseBackupConfig> = {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    [Env.STORE]: data.vault.storeUrl,
    [Env.KMS_KEY]: data.key.keyArn,
    PGHOST: hostName(props),
    PGPORT: String(POSTGRES_PORT),
    [DeployedEnv.ROLE_SECRET]: data.secrets[DatabaseRole.BACKUP].secretArn,
    [DeployedEnv.CA_PARAMETER]: clusterParameters(environment, cluster.id).ca,
    [DeployedEnv.BACKUP_TIMEOUT_SEC]: String(Math.round(backup.timeoutHours * 3_600)),
    [DeployedEnv.BACKUP_CHECKPOINT]: backup.checkpoint,
    ...(backup.maxRateKiB !== undefined && {
      [DeployedEnv.BACKUP_MAX_RATE_KIB]: String(backup.maxRateKiB),
    }),
  };
  return asVariables(variables);
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
