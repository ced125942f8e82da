import { z } from 'zod';

/** Why somebody looks after a host. */
export interface LaunchNews {
  /** Id of an instance that was launched; absent on a schedule. */
  readonly launched: string | undefined;
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html */
const Launched = z
  .object({
    'detail-type': z.literal('EC2 Instance Launch Successful'),
    detail: z.object({ EC2InstanceId: z.string().min(1) }),
  })
  .transform(({ detail }): LaunchNews => ({ launched: detail.EC2InstanceId }));

const Scheduled = z
  .object({ scheduledTime: z.string().min(1) })
  .transform((): LaunchNews => ({ launched: undefined }));

/** What the function accepts: a launch of the group's, or a schedule. */
export const FollowHostEvent = z.union([Launched, Scheduled]);
