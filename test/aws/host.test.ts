import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListCommandsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { autoScalingHosts } from '../../lib/core/adapters/aws/auto-scaling-hosts.ts';
import { type Ending, failureOf, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { describeAws } from './control-plane.ts';

describeAws('holdfast host', (aws) => {
  const holdfast = async (...words: readonly string[]): Promise<Ending> =>
    runHoldfast(['host', ...words], { env: aws().environment });

  test('finds the host of a cluster by its tag and has it run the line, once', async () => {
    await makeGroup('orders-host', 'prod/orders', 1);
    await makeGroup('other-host', 'prod/other', 0);
    const [host] = await autoScalingHosts('orders-host').hosts();
    const ending = await holdfast('plan', '--environment', 'prod', '--cluster', 'orders');
    expect(ending.exitCode).toBe(0);
    expect(ending.stderr).toContain(host?.instanceId);
    const { Commands } = await new SSMClient().send(new ListCommandsCommand());
    expect(Commands).toMatchObject([
      {
        InstanceIds: [host?.instanceId],
        DocumentName: 'AWS-RunShellScript',
        Parameters: { commands: ['/opt/holdfast/current/plan'] },
      },
    ]);
  });

  test('says which cluster has no host, and which is not there at all', async () => {
    const empty = await holdfast('status', '--environment', 'prod', '--cluster', 'other');
    expect(failureOf(empty)).toEqual({ exitCode: 117, code: 'HOST-COMMAND', hasHint: true });
    const gone = await holdfast('status', '--environment', 'dev', '--cluster', 'orders');
    expect(failureOf(gone)).toEqual({ exitCode: 32, code: 'AWS-ABSENT', hasHint: true });
  });

  async function makeGroup(name: string, tag: string, capacity: number): Promise<void> {
    const { Images: [image] = [] } = await new EC2Client().send(new DescribeImagesCommand());
    const scaling = new AutoScalingClient();
    await scaling.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: name,
        ImageId: image?.ImageId,
        InstanceType: 'm8g.large',
      }),
    );
    await scaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        LaunchConfigurationName: name,
        AvailabilityZones: [`${aws().region}a`],
        MinSize: 0,
        MaxSize: 1,
        DesiredCapacity: capacity,
        Tags: [{ Key: 'holdfast-cluster', Value: tag, PropagateAtLaunch: true }],
      }),
    );
  }
});
