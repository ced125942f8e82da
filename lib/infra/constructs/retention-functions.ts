import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type {
  ApplyRetentionConfig,
  ExtendLocksConfig,
} from '../../core/config/apply-retention-config.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { retentionPolicyOf } from '../deployment/retention.ts';
import { quietHourUtc } from '../deployment/schedule.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import { asVariables } from './as-variables.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import { OpsFunction } from './ops-function.ts';

/** Props of {@link RetentionFunctions}. */
export interface RetentionFunctionsProps extends ClusterScope {
  /** The archive, or its copy. */
  readonly data: Pick<DataStack, 'key' | 'vault'>;
  /** In UTC. @default - the hour that is farthest from all backups */
  readonly hour?: number;
  readonly schedules: FunctionSchedules;
}

/** As long as Lambda lets any: what a run leaves, the next one goes on with. */
const TIMEOUT = Duration.minutes(15);
/** The record of a backup of some TiB names every frame: decoding it takes 650 MB. */
const MEMORY_MIB = 1_024;
/** Locks are lengthened behind the plan, by what it has written down. */
const LOCKS_MINUTE = 30;
const WILDCARDS = 'objects are told by the prefixes that expire, or of what tells which those are';

/** What lets go of what is due once a day, and locks what stays. The next call makes up for one that fails. */
export class RetentionFunctions extends Construct {
  readonly applier: OpsFunction;
  readonly locker: OpsFunction;

  constructor(scope: Construct, id: string, props: RetentionFunctionsProps) {
    super(scope, id);
    const { cluster, data, schedules } = props;
    const { vault } = data;
    const daily = { timeout: TIMEOUT, memoryMiB: MEMORY_MIB, wildcards: WILDCARDS };
    this.applier = new OpsFunction(this, 'ApplyRetention', {
      ...daily,
      name: 'apply-retention',
      description: `Lets go of what is due in the archive of ${cluster.id}`,
      role: vault.taggerRole,
      environment: asVariables(retentionVariables(props)),
      statements: vault.access('tag'),
    });
    this.locker = new OpsFunction(this, 'ExtendLocks', {
      ...daily,
      name: 'extend-locks',
      description: `Locks what stays in the archive of ${cluster.id}`,
      role: vault.lockRole,
      environment: asVariables(lockVariables(props)),
      statements: vault.access('lock'),
    });
    const { hour = quietHourUtc(cluster.backup.schedule) } = props;
    const input = { scheduledTime: SCHEDULED_TIME };
    schedules.add('ApplyRetention', {
      description: `Lets go of what is due in the archive of ${cluster.id}`,
      expression: `cron(0 ${hour} * * ? *)`,
      target: this.applier.handler,
      input,
    });
    schedules.add('ExtendLocks', {
      description: `Locks what stays in the archive of ${cluster.id}`,
      expression: `cron(${LOCKS_MINUTE} ${hour} * * ? *)`,
      target: this.locker.handler,
      input,
    });
  }
}

type Variables = z.input<typeof ApplyRetentionConfig>;

function retentionVariables({ environment, cluster, data }: RetentionFunctionsProps): Variables {
  return {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    ...data.vault.variables(),
    [DeployedEnv.RETENTION]: JSON.stringify(retentionPolicyOf(cluster)),
  };
}

function lockVariables(props: RetentionFunctionsProps): z.input<typeof ExtendLocksConfig> {
  const { mode } = props.cluster.retention.lock;
  const lockMode = mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE';
  return { ...retentionVariables(props), [DeployedEnv.LOCK_MODE]: lockMode };
}
