import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  type Instance as Member,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, EC2Client, type Instance } from '@aws-sdk/client-ec2';
import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { Host, HostGroup } from '../../ports/host-group.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** An Auto Scaling group, and what EC2 knows of its instances. */
export function autoScalingHosts(groupName: string): HostGroup {
  const scaling = new AutoScalingClient(CLIENT_SETTINGS);
  const ec2 = new EC2Client(CLIENT_SETTINGS);
  return {
    hosts: async (options = {}) => {
      const members = await readMembers(scaling, groupName, options);
      const ids = members.flatMap(({ InstanceId = [] }) => InstanceId);
      const instances = ids.length === 0 ? [] : await readInstances(ec2, ids, options);
      const lifecycles = new Map(members.map((one) => [one.InstanceId, one.LifecycleState ?? '']));
      return instances.flatMap((one) => toHost(one, lifecycles.get(one.InstanceId) ?? ''));
    },
  };
}

async function readMembers(
  client: AutoScalingClient,
  groupName: string,
  { signal }: CallOptions,
): Promise<readonly Member[]> {
  const describe = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [groupName] });
  const what = `autoscaling:DescribeAutoScalingGroups of ${groupName}`;
  const { AutoScalingGroups: [group] = [] } = await awsCall(
    what,
    async () => client.send(describe, { abortSignal: signal }),
    signal,
  );
  if (group !== undefined) return group.Instances ?? [];
  // The service answers with an empty list.
  throw new OpsError('AWS-ABSENT', `${what}: there is no such group`, {
    hint: 'deploy again, and see in CloudTrail who removed it',
    details: { call: what },
  });
}

/** By a filter: an instance that EC2 does not know yet, or no more, is then no error. */
async function readInstances(
  client: EC2Client,
  ids: readonly string[],
  { signal }: CallOptions,
): Promise<readonly Instance[]> {
  const describe = new DescribeInstancesCommand({
    Filters: [
      { Name: 'instance-id', Values: [...ids] },
      { Name: 'instance-state-name', Values: ['pending', 'running'] },
    ],
  });
  const { Reservations = [] } = await awsCall(
    `ec2:DescribeInstances of ${ids.join(', ')}`,
    async () => client.send(describe, { abortSignal: signal }),
    signal,
  );
  return Reservations.flatMap(({ Instances = [] }) => Instances);
}

function toHost(instance: Instance, lifecycle: string): readonly Host[] {
  const { InstanceId, PrivateIpAddress, LaunchTime } = instance;
  if (InstanceId === undefined || PrivateIpAddress === undefined || LaunchTime === undefined) {
    return [];
  }
  return [{ instanceId: InstanceId, lifecycle, address: PrivateIpAddress, launchedAt: LaunchTime }];
}
