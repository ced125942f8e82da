import { type App, BOOTSTRAP_QUALIFIER_CONTEXT } from 'aws-cdk-lib';
import { clusterScope, copyScope, tagEnvironment } from './cluster-scope.ts';
import type { NamedDeployment } from './deployment/parse-deployments.ts';
import { ArchiveStack } from './stacks/archive-stack.ts';
import { BackupStack } from './stacks/backup-stack.ts';
import { CopyStack } from './stacks/copy-stack.ts';
import { CopyWatchStack } from './stacks/copy-watch-stack.ts';
import { DataStack } from './stacks/data-stack.ts';
import { HostStack } from './stacks/host-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { trailArn, TrailStack } from './stacks/trail-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';

/** The stacks of one cluster. */
export interface ClusterStacks {
  /** In another region. Absent where the file asks for none. */
  readonly copy: CopyStack | undefined;
  readonly copyWatch: CopyWatchStack | undefined;
  readonly data: DataStack;
  readonly host: HostStack;
  readonly backup: BackupStack;
  readonly archive: ArchiveStack;
  readonly watch: WatchStack;
}

/** The stacks of an environment. */
export interface EnvironmentStacks {
  readonly network: NetworkStack;
  /** Absent where the file names a trail that is there already. */
  readonly trail: TrailStack | undefined;
  /** By the id of the cluster. */
  readonly clusters: ReadonlyMap<string, ClusterStacks>;
}

/**
 * Adds the stacks of an environment to `app`: a network, and for each cluster what is kept, the host,
 * what works on it, who looks after its archive, and what watches. Clusters share the network and nothing else.
 */
export function addEnvironment(app: App, named: NamedDeployment): EnvironmentStacks {
  const { name, deployment } = named;
  const qualifier: string | undefined = app.node.tryGetContext(BOOTSTRAP_QUALIFIER_CONTEXT);
  const network = new NetworkStack(app, 'Network', named);
  const trail = deployment.trail === 'own' ? new TrailStack(app, 'Trail', named) : undefined;
  const clusters = deployment.clusters.map((cluster) => {
    const scope = clusterScope(name, deployment, cluster, qualifier);
    const copied = copyScope(scope);
    const copy = copied && new CopyStack(app, `${cluster.id}-Copy`, copied);
    const copyWatch =
      copy && new CopyWatchStack(app, `${cluster.id}-CopyWatch`, { ...copied, copy });
    const data = new DataStack(app, `${cluster.id}-Data`, { ...scope, copy });
    const host = new HostStack(app, `${cluster.id}-Host`, { ...scope, network, data });
    const backup = new BackupStack(app, `${cluster.id}-Backup`, { ...scope, network, data, host });
    const archive = new ArchiveStack(app, `${cluster.id}-Archive`, { ...scope, network, data });
    const watch = new WatchStack(app, `${cluster.id}-Watch`, {
      ...scope,
      data,
      host,
      backup,
      archive,
      trailArn: trailArn(named),
    });
    return [cluster.id, { copy, copyWatch, data, host, backup, archive, watch }] as const;
  });
  tagEnvironment(app, name);
  return { network, trail, clusters: new Map(clusters) };
}
