import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { z } from 'zod';
import type { AuditArchiveConfig } from '../../core/config/audit-config.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { retentionPolicyOf } from '../deployment/retention.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import { asVariables } from './as-variables.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import { OpsFunction } from './ops-function.ts';

/** Props of {@link ArchiveAuditor}. */
export interface ArchiveAuditorProps extends ClusterScope {
  /** The archive, or its copy. */
  readonly data: Pick<DataStack, 'vault'>;
  readonly schedules: FunctionSchedules;
}

/** As long as Lambda lets any: what an audit leaves, the next one goes on with. */
const TIMEOUT = Duration.minutes(15);
/** The record of a backup of some TiB names every frame: decoding it takes 650 MB. */
const MEMORY_MIB = 1_024;

/** What looks at an archive every hour, from the store's side. */
export class ArchiveAuditor extends OpsFunction {
  constructor(scope: Construct, id: string, props: ArchiveAuditorProps) {
    const { cluster, data, schedules } = props;
    super(scope, id, {
      name: 'audit-archive',
      description: `Audits the archive of ${cluster.id} from the store’s side`,
      timeout: TIMEOUT,
      memoryMiB: MEMORY_MIB,
      environment: asVariables(variablesOf(props)),
      statements: data.vault.access('audit'),
      wildcards: 'every object of the cluster is listed, and what tells of others is read',
    });
    schedules.add('AuditArchive', {
      description: `Audits of the archive of ${cluster.id}`,
      expression: 'rate(1 hour)',
      target: this.handler,
      input: { scheduledTime: SCHEDULED_TIME },
    });
  }
}

function variablesOf({
  environment,
  cluster,
  data,
}: ArchiveAuditorProps): z.input<typeof AuditArchiveConfig> {
  return {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    ...data.vault.variables(),
    [DeployedEnv.RETENTION]: JSON.stringify(retentionPolicyOf(cluster)),
  };
}
