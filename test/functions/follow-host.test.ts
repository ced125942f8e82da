import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/follow-host/handler.ts';
import { lambdaContext } from '../support/lambda-context.ts';

const ENVIRONMENT = {
  HOLDFAST_ENVIRONMENT: 'prod',
  HOLDFAST_CLUSTER: 'orders',
  HOLDFAST_HOST_GROUP: 'orders-host',
  HOLDFAST_HOSTED_ZONE: 'Z0123456789',
  HOLDFAST_HOST_NAME: 'orders.prod.internal',
  AWS_REGION: 'eu-central-1',
};
const LAUNCHED = {
  version: '0',
  'detail-type': 'EC2 Instance Launch Successful',
  source: 'aws.autoscaling',
  detail: { AutoScalingGroupName: 'orders-host', EC2InstanceId: 'i-new', StatusCode: 'InProgress' },
};
const SCHEDULED = { scheduledTime: '2026-12-01T05:10:00Z' };

const scaling = mockClient(AutoScalingClient);
const ec2 = mockClient(EC2Client);
const dns = mockClient(Route53Client);
let printed: string[] = [];

beforeEach(() => {
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
  for (const client of [scaling, ec2, dns]) client.reset();
  printed = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((line) => printed.push(String(line)) > 0);
  }
  dns.on(ListResourceRecordSetsCommand).resolves({
    ResourceRecordSets: [
      {
        Name: 'orders.prod.internal.',
        Type: 'A',
        TTL: 10,
        ResourceRecords: [{ Value: '10.0.0.1' }],
      },
    ],
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function groupHas(LifecycleState: 'Pending' | 'InService'): void {
  scaling.on(DescribeAutoScalingGroupsCommand).resolves({
    AutoScalingGroups: [
      {
        AutoScalingGroupName: 'orders-host',
        Instances: [{ InstanceId: 'i-new', LifecycleState }],
      } as never,
    ],
  });
  ec2.on(DescribeInstancesCommand).resolves({
    Reservations: [
      {
        Instances: [
          {
            InstanceId: 'i-new',
            PrivateIpAddress: '10.0.0.2',
            LaunchTime: new Date('2026-12-01T05:09:00Z'),
          },
        ],
      },
    ],
  });
}

function metrics(): Record<string, unknown> {
  const line = printed.find((one) => one.includes('"_aws"')) ?? '{}';
  return JSON.parse(line);
}

describe('follow-host', () => {
  test('names a host that was just launched', async () => {
    groupHas('Pending');
    await handler(LAUNCHED, lambdaContext());
    const [change] = dns.commandCalls(ChangeResourceRecordSetsCommand);
    expect(change?.args[0].input).toEqual({
      HostedZoneId: 'Z0123456789',
      ChangeBatch: {
        Changes: [
          {
            Action: 'UPSERT',
            ResourceRecordSet: {
              Name: 'orders.prod.internal',
              Type: 'A',
              TTL: 10,
              ResourceRecords: [{ Value: '10.0.0.2' }],
            },
          },
        ],
      },
    });
    expect(metrics()).toMatchObject({
      Environment: 'prod',
      Cluster: 'orders',
      HostsInService: 0,
      HostReplaced: 1,
    });
  });

  test('on a schedule waits until the host is in service', async () => {
    groupHas('Pending');
    expect(await handler(SCHEDULED, lambdaContext())).toMatchObject({ outcome: 'absent' });
    expect(dns.commandCalls(ChangeResourceRecordSetsCommand)).toEqual([]);
    groupHas('InService');
    expect(await handler(SCHEDULED, lambdaContext())).toMatchObject({ outcome: 'moved' });
  });

  test('fails when the host that was announced is not there', async () => {
    scaling
      .on(DescribeAutoScalingGroupsCommand)
      .resolves({ AutoScalingGroups: [{ Instances: [] } as never] });
    await expect(handler(LAUNCHED, lambdaContext())).rejects.toMatchObject({ code: 'HOST-ABSENT' });
    expect(metrics()).toMatchObject({ HostsInService: 0, HostReplaced: 0 });
  });

  test('fails when the group is gone', async () => {
    scaling.on(DescribeAutoScalingGroupsCommand).resolves({ AutoScalingGroups: [] });
    await expect(handler(SCHEDULED, lambdaContext())).rejects.toMatchObject({ code: 'AWS-ABSENT' });
  });

  test('does not take the next record in the zone for its own', async () => {
    groupHas('InService');
    dns.on(ListResourceRecordSetsCommand).resolves({
      ResourceRecordSets: [
        {
          Name: 'other.prod.internal.',
          Type: 'A',
          TTL: 10,
          ResourceRecords: [{ Value: '10.0.0.2' }],
        },
      ],
    });
    expect(await handler(SCHEDULED, lambdaContext())).toMatchObject({ outcome: 'created' });
  });

  test.each([
    null,
    {},
    { 'detail-type': 'EC2 Instance Terminate Successful', detail: { EC2InstanceId: 'i-old' } },
  ])('refuses %j, which nobody sends', async (event) => {
    await expect(handler(event, lambdaContext())).rejects.toMatchObject({ code: 'CONFIG-EVENT' });
  });
});
