import type { Construct } from 'constructs';
import type { z } from 'zod';
import type { BaseBackupConfig } from '../../core/config/base-backup-config.ts';
import {
  clusterParameters,
  DatabaseRole,
  POSTGRES_PORT,
  RunKind,
} from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import { type ClusterScope, hostName } from '../cluster-scope.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { HostStack } from '../stacks/host-stack.ts';
import type { NetworkStack } from '../stacks/network-stack.ts';
import { admit } from './admit.ts';
import { asVariables } from './as-variables.ts';
import { readParameter } from './read-parameter.ts';
import { ScheduledTask } from './scheduled-task.ts';

/** Props of {@link BackupTask}. */
export interface BackupTaskProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly host: HostStack;
}

/** The base backup's task: what runs, with which rights, and where. */
export class BackupTask extends ScheduledTask {
  constructor(scope: Construct, id: string, props: BackupTaskProps) {
    const { data, host, environment, cluster } = props;
    super(scope, id, {
      ...props,
      image: host.image,
      kind: RunKind.BASE_BACKUP,
      clusterName: `holdfast-${environment}-${cluster.id}`,
      description: `Base backups of ${cluster.id}`,
      size: cluster.backup.size,
      capacity: cluster.backup.capacity,
      variables: taskVariables(props),
      statements: [
        ...data.vault.access('backup'),
        ...data.readSecret(DatabaseRole.BACKUP),
        readParameter(scope, clusterParameters(environment, cluster.id).ca),
      ],
      wildcards: 'objects are told by the prefixes that a base backup writes',
    });
    admit(this, this.securityGroup, host.securityGroup);
  }
}

function taskVariables(props: BackupTaskProps): Record<string, string> {
  const { environment, cluster, data } = props;
  const { backup } = cluster;
  const variables: z.input<typeof BaseBackupConfig> = {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    ...data.vault.variables(),
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
