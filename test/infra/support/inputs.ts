import type { DeploymentInput } from '../../../lib/infra/deployment/deployment.ts';

/** One cluster of an environment's file. */
export type ClusterInput = DeploymentInput['clusters'][number];

/** What an environment's file must say, and no more. */
export const MINIMAL: DeploymentInput = {
  account: '111111111111',
  region: 'eu-central-1',
  notifications: { page: { emails: ['oncall@example.com'] } },
  clusters: [{ id: 'orders' }],
};

/** The least that a file must say, with `changes`. */
export function environmentOf(changes: Partial<DeploymentInput> = {}): DeploymentInput {
  return { ...MINIMAL, ...changes };
}

/** An environment with one cluster, with `changes`. */
export function clusterOf(changes: Partial<ClusterInput> = {}): DeploymentInput {
  return environmentOf({ clusters: [{ id: 'orders', ...changes }] });
}

/** A network that is there already, with a subnet in each of two zones. */
export const EXISTING_NETWORK = {
  vpcId: 'vpc-0123456789abcdef0',
  cidr: '10.9.0.0/16',
  subnets: [
    {
      subnetId: 'subnet-0123456789abcdef0',
      availabilityZone: 'eu-central-1b',
      routeTableId: 'rtb-0123456789abcdef0',
    },
    {
      subnetId: 'subnet-0123456789abcdef1',
      availabilityZone: 'eu-central-1c',
      routeTableId: 'rtb-0123456789abcdef1',
    },
  ],
} satisfies DeploymentInput['network'];
