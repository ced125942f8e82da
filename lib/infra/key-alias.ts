import type { ClusterScope } from './cluster-scope.ts';

/** Name of a cluster's key. */
export function keyAlias({ environment, cluster }: ClusterScope): string {
  return `alias/holdfast/${environment}/${cluster.id}`;
}
