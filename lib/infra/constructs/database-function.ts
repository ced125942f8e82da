import type { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import {
  clusterParameters,
  DatabaseRole,
  POSTGRES_PORT,
} from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import { type ClusterScope, hostName } from '../cluster-scope.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { HostStack } from '../stacks/host-stack.ts';
import type { NetworkStack } from '../stacks/network-stack.ts';
import { admit } from './admit.ts';
import { OpsFunction } from './ops-function.ts';
import { readParameter } from './read-parameter.ts';
import type { VaultUse } from './vault-access.ts';

/** Where a function finds the database, and what else it is about. */
export interface DatabaseFunctionScope extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly host: HostStack;
}

/** Props of {@link DatabaseFunction}. */
export interface DatabaseFunctionProps extends DatabaseFunctionScope {
  /** Its folder below `functions/`. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  /** Besides {@link databaseVariables}. */
  readonly variables: Record<string, string>;
  readonly use: VaultUse;
  /** Besides what it takes to log in. */
  readonly statements?: iam.PolicyStatement[];
  readonly atOnce?: number;
}

/** A function in the network that logs in as the monitoring role. */
export class DatabaseFunction extends OpsFunction {
  constructor(scope: Construct, id: string, props: DatabaseFunctionProps) {
    const { network, data, environment, cluster, availabilityZone } = props;
    const { name, description, timeout, variables, use, statements = [], atOnce } = props;
    const securityGroup = accessTo(scope, `${id}Access`, props);
    const { ca } = clusterParameters(environment, cluster.id);
    super(scope, id, {
      name,
      description,
      timeout,
      environment: { ...databaseVariables(props), ...variables },
      statements: [
        ...data.readSecret(DatabaseRole.MONITOR),
        readParameter(scope, ca),
        ...data.vault.access(use),
        ...statements,
      ],
      wildcards:
        'the interfaces of a function know no resources; objects are told by the prefix of their cluster',
      network: { vpc: network.vpc, subnets: [network.subnetIn(availabilityZone)], securityGroup },
      ...(atOnce !== undefined && { atOnce }),
    });
  }
}

/** A group from which the server of the cluster can be reached, and AWS. */
function accessTo(
  scope: Construct,
  id: string,
  { network, host, cluster, name }: DatabaseFunctionProps,
): ec2.ISecurityGroup {
  const access = new Construct(scope, id);
  const group = new ec2.SecurityGroup(access, 'SecurityGroup', {
    vpc: network.vpc,
    description: `Holdfast: the function ${name} of ${cluster.id}`,
    allowAllOutbound: false,
  });
  group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS services');
  admit(access, group, host.securityGroup);
  return group;
}

/** What everything is told that logs in as the monitoring role and looks into the store. */
function databaseVariables(props: DatabaseFunctionScope): Record<string, string> {
  const { environment, cluster, data } = props;
  return {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    ...data.vault.variables(),
    PGHOST: hostName(props),
    PGPORT: String(POSTGRES_PORT),
    [DeployedEnv.ROLE_SECRET]: data.secrets[DatabaseRole.MONITOR].secretArn,
    [DeployedEnv.CA_PARAMETER]: clusterParameters(environment, cluster.id).ca,
  };
}
