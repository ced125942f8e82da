import type { LifecycleRule as S3Rule, LifecycleRuleFilter } from '@aws-sdk/client-s3';
import type { LifecycleRule } from '../../config/vault-settings.ts';

/**
 * The rules of a bucket that are switched on, in the shape that they are compared in.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
 */
export function lifecycleRules(rules: readonly S3Rule[]): LifecycleRule[] {
  return rules.filter(({ Status }) => Status === 'Enabled').map(ruleOf);
}

function ruleOf(rule: S3Rule): LifecycleRule {
  const { Expiration = {}, NoncurrentVersionExpiration = {}, Transitions = [] } = rule;
  const { prefix, tag, largerThanBytes } = filterOf(rule);
  const { Days: expireDays, ExpiredObjectDeleteMarker: removesMarkers } = Expiration;
  const { NoncurrentDays: removeHiddenDays } = NoncurrentVersionExpiration;
  const { DaysAfterInitiation: abortUploadsDays } = rule.AbortIncompleteMultipartUpload ?? {};
  const moves = Transitions.map(({ Days, StorageClass }) => `${Days} ${StorageClass}`);
  return {
    id: rule.ID ?? '',
    ...(prefix !== undefined && prefix !== '' && { prefix }),
    ...(tag !== undefined && { tag }),
    ...(largerThanBytes !== undefined && { largerThanBytes }),
    ...(isDays(expireDays) && { expireDays }),
    ...(isDays(removeHiddenDays) && { removeHiddenDays }),
    ...(removesMarkers === true && { removesMarkers }),
    ...(isDays(abortUploadsDays) && { abortUploadsDays }),
    ...(moves.length > 0 && { moves }),
  };
}

interface Filter {
  readonly prefix: string | undefined;
  readonly tag: string | undefined;
  readonly largerThanBytes: number | undefined;
}

/** One condition stands by itself, several below `And`. */
function filterOf({ Filter = {}, Prefix }: S3Rule): Filter {
  const { And }: LifecycleRuleFilter = Filter;
  const tag = Filter.Tag ?? And?.Tags?.[0];
  return {
    prefix: Filter.Prefix ?? And?.Prefix ?? Prefix,
    tag: tag === undefined ? undefined : `${tag.Key}=${tag.Value}`,
    largerThanBytes: Filter.ObjectSizeGreaterThan ?? And?.ObjectSizeGreaterThan,
  };
}

/** A server of tests gives 0 for what is not set. */
function isDays(days: number | undefined): days is number {
  return days !== undefined && days > 0;
}
