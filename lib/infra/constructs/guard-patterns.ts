import type * as events from 'aws-cdk-lib/aws-events';

/**
 * Which calls a guard hears of. Of the calls on a key or a volume all that write, whatever they are called:
 * one that nobody knows yet is not swallowed. EventBridge does not hand out what only reads.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */

/** A key, by all the names that a caller may give it. */
export interface GuardedKey {
  readonly arn: string;
  readonly id: string;
  /** `alias/…` */
  readonly alias: string;
}

const BY_API = 'AWS API Call via CloudTrail';
/** A key that ends does so by itself. */
const BY_SERVICE = 'AWS Service Event via CloudTrail';

/** Calls on a cluster's key. */
export function keyChanges({ arn, id, alias }: GuardedKey): events.EventPattern {
  return {
    source: ['aws.kms'],
    detailType: [BY_API, BY_SERVICE],
    detail: {
      $or: [
        { resources: { ARN: [arn] } },
        { requestParameters: { keyId: [arn, id, alias] } },
        { requestParameters: { targetKeyId: [arn, id] } },
        { requestParameters: { aliasName: [alias] } },
      ],
    },
  };
}

/** Calls on a bucket; those on its objects, which a trail may log too, have other names. */
export function bucketChanges(bucketName: string): events.EventPattern {
  return {
    source: ['aws.s3'],
    detailType: [BY_API],
    detail: {
      eventSource: ['s3.amazonaws.com'],
      eventName: [
        { prefix: 'PutBucket' },
        { prefix: 'DeleteBucket' },
        'PutObjectLockConfiguration',
        'PutPublicAccessBlock',
        'DeletePublicAccessBlock',
      ],
      requestParameters: { bucketName: [bucketName] },
    },
  };
}

/** Calls on the trail that tells of calls, by its ARN or its name. */
export function trailChanges(trailArn: string): events.EventPattern {
  const names = [trailArn, trailArn.slice(trailArn.lastIndexOf('/') + 1)];
  return {
    source: ['aws.cloudtrail'],
    detailType: [BY_API],
    detail: {
      $or: [{ requestParameters: { name: names } }, { requestParameters: { trailName: names } }],
    },
  };
}

/** The end of a volume. */
export function volumeChanges(volumeId: string): events.EventPattern {
  return {
    source: ['aws.ec2'],
    detailType: [BY_API],
    detail: { eventName: ['DeleteVolume'], requestParameters: { volumeId: [volumeId] } },
  };
}

/** Calls on event rules. */
export function ruleChanges(ruleNames: readonly string[]): events.EventPattern {
  return {
    source: ['aws.events'],
    detailType: [BY_API],
    detail: {
      $or: [{ requestParameters: { name: ruleNames } }, { requestParameters: { rule: ruleNames } }],
    },
  };
}

/** Calls on a function, by its ARN or its name. */
export function functionChanges(names: readonly string[]): events.EventPattern {
  return {
    source: ['aws.lambda'],
    detailType: [BY_API],
    detail: { requestParameters: { functionName: names } },
  };
}

/**
 * Tags and deletions in a bucket. What expires by the bucket's own rules is let go already: only what was tagged can.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function taggedOrDeleted(bucket: string): events.EventPattern {
  return {
    source: ['aws.s3'],
    detailType: ['Object Tags Added', 'Object Tags Deleted', 'Object Deleted'],
    detail: {
      bucket: { name: [bucket] },
      // Who tags gives no reason.
      reason: [{ exists: false }, { 'anything-but': ['Lifecycle Expiration'] }],
    },
  };
}
