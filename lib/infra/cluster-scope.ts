import {
  type App,
  Aws,
  DefaultStackSynthesizer,
  type Environment,
  type StackProps,
  Tags,
} from 'aws-cdk-lib';
import type { Cluster } from './deployment/cluster.ts';
import { type Deployment, zoneOf } from './deployment/deployment.ts';

/** What every stack of a cluster is about. */
export interface ClusterScope {
  /** Name of the environment. */
  readonly environment: string;
  readonly deployment: Deployment;
  readonly cluster: Cluster;
  readonly availabilityZone: string;
}

/** Puts together what the stacks of `cluster` are about. */
export function clusterScope(
  environment: string,
  deployment: Deployment,
  cluster: Cluster,
): ClusterScope {
  return { environment, deployment, cluster, availabilityZone: zoneOf(deployment, cluster) };
}

/** Name under which the server of a cluster is found. */
export function hostName({ environment, cluster }: ClusterScope): string {
  return `${cluster.id}.${zoneName(environment)}`;
}

/** The role with which CloudFormation carries deployments out, as `cdk bootstrap` names it. */
export function deploymentRole({ deployment: { account, region } }: ClusterScope): string {
  const qualifier = DefaultStackSynthesizer.DEFAULT_QUALIFIER;
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
