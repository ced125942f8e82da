import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { handler } from '../../functions/follow-host/handler.ts';
import { autoScalingHosts } from '../../lib/core/adapters/aws/auto-scaling-hosts.ts';
import { route53Zone } from '../../lib/core/adapters/aws/route-53-zone.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { describeAws } from './control-plane.ts';

const GROUP = 'orders-host';
const NAME = 'orders.prod.internal';
const SCHEDULED = { scheduledTime: '2026-12-01T05:10:00Z' };

describeAws('following a host', (aws) => {
  let zoneId = '';

  beforeAll(async () => {
    zoneId = await makeZone();
    await makeGroup(`${aws().region}a`);
    for (const [name, value] of Object.entries({
      HOLDFAST_ENVIRONMENT: 'prod',
      HOLDFAST_CLUSTER: 'orders',
      HOLDFAST_HOST_GROUP: GROUP,
      HOLDFAST_HOSTED_ZONE: zoneId,
      HOLDFAST_HOST_NAME: NAME,
    })) {
      vi.stubEnv(name, value);
    }
  });
  beforeEach(() => {
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockReturnValue(true);
    }
  });
  afterAll(() => vi.restoreAllMocks());

  test('a life of a group: nobody, the first host, no change, its replacement', async () => {
    expect(await handler(SCHEDULED, lambdaContext())).toMatchObject({ outcome: 'absent' });
    expect(await readRecord(zoneId)).toEqual([]);

    await setCapacity(1);
    const [first] = await autoScalingHosts(GROUP).hosts();
    expect(first).toMatchObject({ lifecycle: 'InService', launchedAt: expect.any(Date) });
    expect(await handler(SCHEDULED, lambdaContext())).toMatchObject({ outcome: 'created' });
    expect(await readRecord(zoneId)).toEqual([first?.address]);
    expect(await handler(SCHEDULED, lambdaContext())).toMatchObject({ outcome: 'kept' });

    await setCapacity(0);
    expect(await handler(SCHEDULED, lambdaContext())).toMatchObject({ outcome: 'absent' });
    expect(await readRecord(zoneId)).toEqual([first?.address]);

    await setCapacity(1);
    const [second] = await autoScalingHosts(GROUP).hosts();
    const late = {
      'detail-type': 'EC2 Instance Launch Successful',
      detail: { AutoScalingGroupName: GROUP, EC2InstanceId: first?.instanceId },
    };
    expect(await handler(late, lambdaContext())).toMatchObject({
      outcome: 'moved',
      hostsInService: 1,
    });
    expect(await readRecord(zoneId)).toEqual([second?.address]);
  });

  test('a record is read as it was written, whatever else is in the zone', async () => {
    const zone = route53Zone(zoneId);
    const record = { addresses: ['10.1.2.3'], ttlSec: 10 };
    await zone.write('a.prod.internal', record);
    await zone.write('C.prod.internal', { addresses: ['10.1.2.4', '10.1.2.5'], ttlSec: 300 });
    expect(await zone.read('a.prod.internal')).toEqual(record);
    expect(await zone.read('A.prod.internal.')).toEqual(record);
    expect(await zone.read('b.prod.internal')).toBeUndefined();
    expect(await zone.read('z.prod.internal')).toBeUndefined();
    await zone.write('a.prod.internal', { ...record, addresses: ['10.1.2.9'] });
    expect(await zone.read('a.prod.internal')).toMatchObject({ addresses: ['10.1.2.9'] });
  });

  test('fails when there is no such group, or no such zone', async () => {
    await expect(autoScalingHosts('gone').hosts()).rejects.toMatchObject({ code: 'AWS-ABSENT' });
    await expect(route53Zone('Z0GONE').read(NAME)).rejects.toMatchObject({ code: 'AWS-ABSENT' });
  });
});

async function makeZone(): Promise<string> {
  const { HostedZone } = await new Route53Client().send(
    new CreateHostedZoneCommand({
      Name: 'prod.internal',
      CallerReference: 'a-test',
      VPC: { VPCRegion: 'eu-central-1', VPCId: 'vpc-1' },
    }),
  );
  return (HostedZone?.Id ?? '').replace('/hostedzone/', '');
}

async function makeGroup(zone: string): Promise<void> {
  const { Images: [image] = [] } = await new EC2Client().send(new DescribeImagesCommand());
  const scaling = new AutoScalingClient();
  await scaling.send(
    new CreateLaunchConfigurationCommand({
      LaunchConfigurationName: GROUP,
      ImageId: image?.ImageId,
      InstanceType: 'm8g.large',
    }),
  );
  await scaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: GROUP,
      LaunchConfigurationName: GROUP,
      AvailabilityZones: [zone],
      MinSize: 0,
      MaxSize: 1,
      DesiredCapacity: 0,
    }),
  );
}

async function setCapacity(DesiredCapacity: number): Promise<void> {
  await new AutoScalingClient().send(
    new SetDesiredCapacityCommand({ AutoScalingGroupName: GROUP, DesiredCapacity }),
  );
}

async function readRecord(zoneId: string): Promise<readonly (string | undefined)[]> {
  const { ResourceRecordSets = [] } = await new Route53Client().send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }),
  );
  return ResourceRecordSets.filter(({ Type, Name }) => Type === 'A' && Name === `${NAME}.`).flatMap(
    ({ ResourceRecords = [] }) => ResourceRecords.map(({ Value }) => Value),
  );
}
