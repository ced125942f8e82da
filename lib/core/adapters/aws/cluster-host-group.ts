import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { CLUSTER_TAG } from '../../contract/deployed-names.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/**
 * Name of the Auto Scaling group of a cluster's host, found by its tag.
 *
 * @param cluster - `<environment>/<cluster>`, the value of the tag.
 * @throws {@link OpsError} `AWS-ABSENT` when there is none; `AWS-DENIED`, `AWS-FAILED`.
 */
export async function clusterHostGroup(
  cluster: string,
  { signal }: CallOptions = {},
  client = new AutoScalingClient(CLIENT_SETTINGS),
): Promise<string> {
  const describe = new DescribeAutoScalingGroupsCommand({
    Filters: [{ Name: `tag:${CLUSTER_TAG}`, Values: [cluster] }],
  });
  const what = `autoscaling:DescribeAutoScalingGroups of ${cluster}`;
  const { AutoScalingGroups: [group] = [] } = await awsCall(
    what,
    async () => client.send(describe, { abortSignal: signal }),
    signal,
  );
  if (group?.AutoScalingGroupName !== undefined) return group.AutoScalingGroupName;
  throw new OpsError('AWS-ABSENT', `${what}: no group has the tag ${CLUSTER_TAG}=${cluster}`, {
    hint: 'see that environment and cluster are written right, and whose account and which region these credentials are for',
    details: { call: what },
  });
}
