import { z } from 'zod';

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
