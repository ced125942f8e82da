import type { Construct } from 'constructs';
import type { z } from 'zod';
import type { HashAuditConfig } from '../../core/config/audit-config.ts';
import { RunKind } from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { HoldfastImage } from '../image/holdfast-image.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { NetworkStack } from '../stacks/network-stack.ts';
import { asVariables } from './as-variables.ts';
import { ScheduledTask } from './scheduled-task.ts';

/** Props of {@link HashAuditTask}. */
export interface HashAuditTaskProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
}

/** It reads about 100 MB a second, and keeps how far it came. */
const SIZE = { vcpu: 1, memoryGiB: 2 } as const;
const TIMEOUT_SEC = 6 * 3_600;

/** The task that reads an archive's bytes. It reaches AWS and nothing else. */
export class HashAuditTask extends ScheduledTask {
  constructor(scope: Construct, id: string, props: HashAuditTaskProps) {
    const { data, environment, cluster } = props;
    super(scope, id, {
      ...props,
      image: new HoldfastImage(scope, 'Image', props),
      kind: RunKind.HASH_AUDIT,
      clusterName: `holdfast-${environment}-${cluster.id}-audit`,
      description: `Audits of hashes of ${cluster.id}`,
      size: SIZE,
      // Taken back in the middle it loses nothing: the next attempt goes on.
      capacity: 'FARGATE_SPOT',
      variables: taskVariables(props),
      statements: data.vault.access('hash'),
      wildcards: 'every object of the cluster is read',
    });
  }
}

function taskVariables({ environment, cluster, data }: HashAuditTaskProps): Record<string, string> {
  const variables: z.input<typeof HashAuditConfig> = {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    ...data.vault.variables(),
    [DeployedEnv.AUDIT_TIMEOUT_SEC]: String(TIMEOUT_SEC),
  };
  return asVariables(variables);
}
