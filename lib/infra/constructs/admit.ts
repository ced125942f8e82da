import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { POSTGRES_PORT } from '../../core/contract/deployed-names.ts';

/** Lets `client` reach PostgreSQL. Defined on the client's side: the host's stack knows none of them. */
export function admit(
  scope: Construct,
  client: ec2.ISecurityGroup,
  server: ec2.ISecurityGroup,
): void {
  const rule = { ipProtocol: 'tcp', fromPort: POSTGRES_PORT, toPort: POSTGRES_PORT };
  new ec2.CfnSecurityGroupIngress(scope, 'Admitted', {
    ...rule,
    groupId: server.securityGroupId,
    sourceSecurityGroupId: client.securityGroupId,
    description: client.node.path,
  });
  new ec2.CfnSecurityGroupEgress(scope, 'ToPostgres', {
    ...rule,
    groupId: client.securityGroupId,
    destinationSecurityGroupId: server.securityGroupId,
    description: 'PostgreSQL',
  });
}
