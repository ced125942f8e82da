import {
  type App,
  Aws,
  DefaultStackSynthesizer,
  type Environment,
  type StackProps,
  Tags,
} from 'aws-cdk-lib';
import type { Cluster } from './deployment/cluster.ts';
import { copyRetention } from './deployment/copy.ts';
import { type Deployment, zoneOf } from './deployment/deployment.ts';

/** What every stack of a cluster is about. */
export interface ClusterScope {
  /** Name of the environment. */
  readonly environment: string;
  readonly deployment: Deployment;
  readonly cluster: Cluster;
  readonly availabilityZone: string;
  /** Of `cdk bootstrap`: the names of its roles carry it. */
  readonly qualifier: string;
}

/** Puts together what the stacks of `cluster` are about. */
export function clusterScope(
  environment: string,
  deployment: Deployment,
  cluster: Cluster,
  qualifier: string = DefaultStackSynthesizer.DEFAULT_QUALIFIER,
): ClusterScope {
  const availabilityZone = zoneOf(deployment, cluster);
  return { environment, deployment, cluster, availabilityZone, qualifier };
}

/**
 * What the stacks of a cluster's copy are about: the same, in the copy's region and with its retention.
 * `undefined` where there is no copy.
 */
export function copyScope(scope: ClusterScope): ClusterScope | undefined {
  const { deployment, cluster } = scope;
  if (cluster.copy === undefined) return undefined;
  const { region } = cluster.copy;
  const retention = copyRetention(cluster.retention, cluster.copy);
  return { ...scope, deployment: { ...deployment, region }, cluster: { ...cluster, retention } };
}

/**
 * The role with which S3 copies a cluster's archive. By its name, because each of the two regions has to
 * name the other's: what is in one cannot refer to the other before that is there.
 */
export function copyRoleName({ environment, cluster }: ClusterScope): string {
  return `holdfast-${environment}-${cluster.id}-copy`;
}

/** Name under which the server of a cluster is found. */
export function hostName({ environment, cluster }: ClusterScope): string {
  return `${cluster.id}.${zoneName(environment)}`;
}

/** The role with which CloudFormation carries deployments out, as `cdk bootstrap` names it. */
export function deploymentRole({ deployment, qualifier }: ClusterScope): string {
  const { account, region } = deployment;
  return `arn:${Aws.PARTITION}:iam::${account}:role/cdk-${qualifier}-cfn-exec-role-${account}-${region}`;
}

/** Name of an environment's private hosted zone. */
export function zoneName(environment: string): string {
  return `${environment}.holdfast.internal`;
}

/** Account and region of every stack. */
export function stackEnvironment({ account, region }: Deployment): Environment {
  return { account, region };
}

/** Props of the stack `part` of a cluster: `holdfast-<environment>-<cluster>-<part>`. */
export function clusterStackProps(
  scope: ClusterScope,
  part: string,
  description: string,
): StackProps {
  const { environment, deployment, cluster } = scope;
  return {
    stackName: `holdfast-${environment}-${cluster.id}-${part}`,
    description: `Holdfast ${environment}/${cluster.id}: ${description}`,
    env: stackEnvironment(deployment),
    terminationProtection: deployment.terminationProtection,
  };
}

/** Marks all that belongs to an environment, for bills and searches. */
export function tagEnvironment(app: App, environment: string): void {
  // A dashboard has none in CloudFormation's published schema.
  Tags.of(app).add('holdfast-environment', environment, {
    excludeResourceTypes: ['AWS::CloudWatch::Dashboard'],
  });
}
