import { z } from 'zod';

/** What somebody did to an object of the archive, besides storing it. */
export interface BucketEvent {
  readonly kind: 'tagged' | 'untagged' | 'deleted';
  readonly key: string;
  readonly at: Date;
  /** An account's id, or the name of a service: S3 tells no more. */
  readonly requester: string | undefined;
  readonly sourceIp: string | undefined;
  /** Such as `Lifecycle Expiration` or `DeleteObject`. */
  readonly reason: string | undefined;
  /** Such as `Delete Marker Created`. */
  readonly deletion: string | undefined;
}

const KINDS = {
  'Object Tags Added': 'tagged',
  'Object Tags Deleted': 'untagged',
  'Object Deleted': 'deleted',
} as const;
type DetailType = keyof typeof KINDS;

/**
 * An event that S3 sends to EventBridge. The tags themselves are not in it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
const Notification = z
  .object({
    'detail-type': z.enum(Object.keys(KINDS) as [DetailType, ...DetailType[]]),
    time: z.iso.datetime({ offset: true }),
    detail: z.object({
      object: z.object({ key: z.string().min(1) }),
      requester: z.string().optional(),
      'source-ip-address': z.string().optional(),
      reason: z.string().optional(),
      'deletion-type': z.string().optional(),
    }),
  })
  .transform(({ 'detail-type': type, time, detail }): BucketEvent => ({
    kind: KINDS[type],
    key: detail.object.key,
    at: new Date(time),
    requester: detail.requester,
    sourceIp: detail['source-ip-address'],
    reason: detail.reason,
    deletion: detail['deletion-type'],
  }));

/** Reads what EventBridge put into the queue; `undefined` for anything else. */
export function parseBucketEvent(body: string): BucketEvent | undefined {
  try {
    return Notification.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** Whether it was the bucket's own rules. */
export function isLifecycle({ reason }: BucketEvent): boolean {
  return reason === 'Lifecycle Expiration';
}

/**
 * What the queue hands over.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export const QueueBatch = z.object({
  Records: z.array(z.object({ messageId: z.string().min(1), body: z.string() })).min(1),
});
export type QueueBatch = z.output<typeof QueueBatch>;
