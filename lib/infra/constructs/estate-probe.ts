import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { z } from 'zod';
import type { ProbeEstateConfig } from '../../core/config/estate-config.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { backupAgeLimitSec } from '../deployment/backup-age.ts';
import { retentionPolicyOf } from '../deployment/retention.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { HostStack } from '../stacks/host-stack.ts';
import { asVariables } from './as-variables.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import { OpsFunction } from './ops-function.ts';
import { ownThresholds } from './probe-variables.ts';

/** Props of {@link EstateProbe}. */
export interface EstateProbeProps extends ClusterScope {
  readonly data: DataStack;
  readonly host: HostStack;
  readonly schedules: FunctionSchedules;
  /** Functions whose failures and throttling it looks at. */
  readonly functions: readonly OpsFunction[];
}

const HOUR_SEC = 3_600;
/** Over before the next begins. */
const TIMEOUT = Duration.seconds(50);
/** The record of a backup of some TiB names every frame: decoding it takes 650 MB. */
const RECORD_MEMORY_MIB = 1_024;

/** Looks every minute, from outside the network, at what surrounds a database: store, key, secrets, machine. */
export class EstateProbe extends OpsFunction {
  constructor(scope: Construct, id: string, props: EstateProbeProps) {
    const { data, schedules } = props;
    super(scope, id, {
      name: 'probe-estate',
      description: 'Measures what is in the store, and how what surrounds the database is',
      timeout: TIMEOUT,
      memoryMiB: RECORD_MEMORY_MIB,
      environment: asVariables(variablesOf(props)),
      statements: [...data.vault.access('look'), ...statements(data)],
      wildcards: 'metrics know no resources; objects are told by the prefix of their cluster',
    });
    schedules.add('ProbeEstate', {
      description: 'What is in the store, and how what surrounds the database is',
      expression: 'rate(1 minute)',
      target: this.handler,
      input: { scheduledTime: SCHEDULED_TIME },
    });
  }
}

function variablesOf({
  environment,
  cluster,
  data,
  host,
  functions,
}: EstateProbeProps): z.input<typeof ProbeEstateConfig> {
  const { backup, pooler } = cluster;
  return {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    ...data.vault.variables(),
    [DeployedEnv.HEALTH_THRESHOLDS]: ownThresholds(cluster),
    [DeployedEnv.RETENTION]: JSON.stringify(retentionPolicyOf(cluster)),
    [DeployedEnv.VAULT_SETTINGS]: data.vault.settings(),
    [DeployedEnv.ROTATED_SECRETS]: secretArns(data).join(','),
    [DeployedEnv.HOST_GROUP]: host.group.autoScalingGroupName,
    [Env.VOLUME_ID]: data.volume.volumeId,
    [DeployedEnv.FUNCTIONS]: functions.map(({ handler }) => handler.functionName).join(','),
    ...(pooler.enabled && { [DeployedEnv.POOLER]: 'yes' }),
    [DeployedEnv.BACKUP_AGE_LIMIT_SEC]: String(backupAgeLimitSec(backup)),
    [DeployedEnv.BACKUP_TIMEOUT_SEC]: String(Math.round(backup.timeoutHours * HOUR_SEC)),
  };
}

function secretArns({ secrets }: DataStack): readonly string[] {
  return Object.values(secrets).map(({ secretArn }) => secretArn);
}

function statements(data: DataStack): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      sid: 'SeeTheKeysState',
      actions: ['kms:DescribeKey'],
      resources: [data.key.keyArn],
    }),
    new iam.PolicyStatement({
      sid: 'SeeHowTheBucketIsSet',
      actions: [
        's3:GetBucketVersioning',
        's3:GetBucketObjectLockConfiguration',
        's3:GetBucketOwnershipControls',
        's3:GetBucketPolicy',
        's3:GetBucketPublicAccessBlock',
        's3:GetEncryptionConfiguration',
        's3:GetLifecycleConfiguration',
      ],
      resources: [data.vault.bucketArn],
    }),
    new iam.PolicyStatement({
      sid: 'SeeWhenSecretsAreRotated',
      actions: ['secretsmanager:DescribeSecret'],
      resources: [...secretArns(data)],
    }),
    new iam.PolicyStatement({
      sid: 'SeeThePastOfMetrics',
      actions: ['cloudwatch:GetMetricData'],
      resources: ['*'],
    }),
  ];
}
