import type { App } from 'aws-cdk-lib';
import { clusterScope, tagEnvironment } from './cluster-scope.ts';
import type { NamedDeployment } from './deployment/parse-deployments.ts';
import { ArchiveStack } from './stacks/archive-stack.ts';
import { BackupStack } from './stacks/backup-stack.ts';
import { DataStack } from './stacks/data-stack.ts';
import { HostStack } from './stacks/host-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';

/** The stacks of one cluster. */
export interface ClusterStacks {
  readonly data: DataStack;
  readonly host: HostStack;
  readonly backup: BackupStack;
  readonly archive: ArchiveStack;
  readonly watch: WatchStack;
}

/** The stacks of an environment. */
export interface EnvironmentStacks {
  readonly network: NetworkStack;
  /** By the id of the cluster. */
  readonly clusters: ReadonlyMap<string, ClusterStacks>;
}

/**
 * Adds the stacks of an environment to `app`: a network, and for each cluster what is kept, the host,
 * what works on it, who looks after its archive, and what watches. Clusters share the network and nothing else.
 */
export function addEnvironment(app: App, named: NamedDeployment): EnvironmentStacks {
  const { name, deployment } = named;
  const network = new NetworkStack(app, 'Network', named);
  const clusters = deployment.clusters.map((cluster) => {
    const scope = clusterScope(name, deployment, cluster);
    const data = new DataStack(app, `${cluster.id}-Data`, scope);
    const host = new HostStack(app, `${cluster.id}-Host`, { ...scope, network, data });
    const backup = new BackupStack(app, `${cluster.id}-Backup`, { ...scope, network, data, host });
    const archive = new ArchiveStack(app, `${cluster.id}-Archive`, { ...scope, network, data });
    const watch = new WatchStack(app, `${cluster.id}-Watch`, { ...scope, backup, archive });
    return [cluster.id, { data, host, backup, archive, watch }] as const;
  });
  tagEnvironment(app, name);
  return { network, clusters: new Map(clusters) };
}
