import { z } from 'zod';
import type { DeploymentFault } from './deployment-faults.ts';

/**
 * The trail by which anybody hears of what is done to an archive: the stack's `own`, or one that logs
 * management events of this region already. An account pays for the second copy of its events.
 *
 * @see https://aws.amazon.com/cloudtrail/pricing/
 */
export const Trail = z.union([
  z.literal('own'),
  z.strictObject({
    arn: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail\/[\w.-]{3,128}$/,
        'is no ARN of a trail',
      ),
  }),
]);
export type Trail = z.output<typeof Trail>;

/** What of an environment says which trail it is given, and where it needs one. */
interface TrailParts {
  readonly trail: Trail;
  readonly region: string;
}

/**
 * Who stops or deletes a trail is logged in its home region alone, and the guard listens in the archive's.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
 */
export function trailFaults({ trail, region }: TrailParts): readonly DeploymentFault[] {
  if (trail === 'own') return [];
  const [, , , home] = trail.arn.split(':');
  if (home === region) return [];
  const message = `${trail.arn} has its home in ${home}, and whoever stops it there is not heard of in ${region}: name one of ${region}, or leave it out`;
  return [{ path: ['trail', 'arn'], message }];
}
