import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as eventsTargets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { FollowHostConfig } from '../../core/config/follow-host-config.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import { type ClusterScope, hostName } from '../cluster-scope.ts';
import type { HostStack } from '../stacks/host-stack.ts';
import type { NetworkStack } from '../stacks/network-stack.ts';
import { asVariables } from './as-variables.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import { OpsFunction } from './ops-function.ts';

/** Props of {@link HostFollower}. */
export interface HostFollowerProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly host: HostStack;
  readonly schedules: FunctionSchedules;
  readonly deadLetters: sqs.IQueue;
}

/** Keeps the server's name pointing to the host that is there now. */
export class HostFollower extends Construct {
  readonly follower: OpsFunction;

  constructor(scope: Construct, id: string, props: HostFollowerProps) {
    super(scope, id);
    const { host, schedules, deadLetters, cluster } = props;
    this.follower = new OpsFunction(this, 'FollowHost', {
      name: 'follow-host',
      description: `Points the name of ${cluster.id} to its host`,
      timeout: Duration.seconds(50),
      environment: environmentOf(props),
      statements: statements(this, props),
      wildcards: 'groups and instances are described without a resource',
    });
    new events.Rule(this, 'HostLaunched', {
      description: `A host of ${cluster.id} was launched`,
      eventPattern: {
        source: ['aws.autoscaling'],
        detailType: ['EC2 Instance Launch Successful'],
        detail: { AutoScalingGroupName: [host.group.autoScalingGroupName] },
      },
      targets: [
        new eventsTargets.LambdaFunction(this.follower.handler, {
          deadLetterQueue: deadLetters,
          retryAttempts: 2,
          maxEventAge: Duration.minutes(15),
        }),
      ],
    });
    schedules.add('FollowHost', {
      description: `Points the name of ${cluster.id} to its host`,
      expression: 'rate(1 minute)',
      target: this.follower.handler,
      input: { scheduledTime: SCHEDULED_TIME },
    });
  }
}

function environmentOf(props: HostFollowerProps): Record<string, string> {
  const variables: z.input<typeof FollowHostConfig> = {
    [DeployedEnv.ENVIRONMENT]: props.environment,
    [Env.CLUSTER]: props.cluster.id,
    [DeployedEnv.HOST_GROUP]: props.host.group.autoScalingGroupName,
    [DeployedEnv.HOSTED_ZONE]: props.network.zone.hostedZoneId,
    [DeployedEnv.HOST_NAME]: hostName(props),
  };
  return asVariables(variables);
}

function statements(scope: Construct, props: HostFollowerProps): iam.PolicyStatement[] {
  const { network } = props;
  const zoneArn = Stack.of(scope).formatArn({
    service: 'route53',
    region: '',
    account: '',
    resource: 'hostedzone',
    resourceName: network.zone.hostedZoneId,
  });
  return [
    // Neither of the two knows resources.
    new iam.PolicyStatement({
      sid: 'FindTheHost',
      actions: ['autoscaling:DescribeAutoScalingGroups', 'ec2:DescribeInstances'],
      resources: ['*'],
    }),
    new iam.PolicyStatement({
      sid: 'ReadTheRecord',
      actions: ['route53:ListResourceRecordSets'],
      resources: [zoneArn],
    }),
    new iam.PolicyStatement({
      sid: 'MoveTheRecord',
      actions: ['route53:ChangeResourceRecordSets'],
      resources: [zoneArn],
      conditions: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': [hostName(props)],
          'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
          'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
        },
      },
    }),
  ];
}
