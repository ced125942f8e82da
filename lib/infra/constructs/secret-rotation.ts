import { Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { RotateSecretConfig } from '../../core/config/rotate-secret-config.ts';
import { clusterParameters, POSTGRES_PORT } from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import { type ClusterScope, hostName } from '../cluster-scope.ts';
import { quietHourUtc } from '../deployment/schedule.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { HostStack } from '../stacks/host-stack.ts';
import type { NetworkStack } from '../stacks/network-stack.ts';
import { admit } from './admit.ts';
import { asVariables } from './as-variables.ts';
import { OpsFunction } from './ops-function.ts';
import { readParameter } from './read-parameter.ts';

/** Props of {@link SecretRotation}. */
export interface SecretRotationProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly host: HostStack;
}

/** Gives the PostgreSQL roles new passwords, from within the network. */
export class SecretRotation extends Construct {
  readonly rotator: OpsFunction;

  constructor(scope: Construct, id: string, props: SecretRotationProps) {
    super(scope, id);
    const { network, data, host, availabilityZone, cluster } = props;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: `Rotates the passwords of ${cluster.id}`,
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS services');
    admit(this, securityGroup, host.securityGroup);
    this.rotator = new OpsFunction(this, 'RotateSecret', {
      name: 'rotate-secret',
      description: `Gives the roles of ${cluster.id} new passwords`,
      timeout: Duration.minutes(1),
      environment: environmentOf(props),
      statements: statements(this, props),
      wildcards: 'the interfaces of a function know no resources',
      network: { vpc: network.vpc, subnets: [network.subnetIn(availabilityZone)], securityGroup },
    });
    const { handler } = this.rotator;
    handler.addPermission('ByRotation', {
      principal: new iam.ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: Stack.of(this).account,
    });
    for (const [role, secret] of Object.entries(data.secrets)) {
      const schedule = new secretsmanager.CfnRotationSchedule(this, `Rotates-${role}`, {
        secretId: secret.secretArn,
        rotationLambdaArn: handler.functionArn,
        rotationRules: {
          // The service would choose the hour, and a base backup logs in until its end.
          scheduleExpression: `cron(0 ${quietHourUtc(cluster.backup.schedule)} 1 * ? *)`,
          duration: '1h',
        },
        // At the first deployment there is no server yet.
        rotateImmediatelyOnUpdate: false,
      });
      schedule.node.addDependency(handler);
    }
  }
}

function environmentOf(props: SecretRotationProps): Record<string, string> {
  const variables: z.input<typeof RotateSecretConfig> = {
    [DeployedEnv.ENVIRONMENT]: props.environment,
    [Env.CLUSTER]: props.cluster.id,
    PGHOST: hostName(props),
    PGPORT: String(POSTGRES_PORT),
    [DeployedEnv.CA_PARAMETER]: clusterParameters(props.environment, props.cluster.id).ca,
  };
  return asVariables(variables);
}

function statements(scope: Construct, props: SecretRotationProps): iam.PolicyStatement[] {
  const { data, environment, cluster } = props;
  return [
    new iam.PolicyStatement({
      sid: 'RotateTheRolesSecrets',
      actions: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      resources: Object.values(data.secrets).map(({ secretArn }) => secretArn),
    }),
    data.useKeyForSecrets('kms:Decrypt', 'kms:GenerateDataKey'),
    readParameter(scope, clusterParameters(environment, cluster.id).ca),
  ];
}
