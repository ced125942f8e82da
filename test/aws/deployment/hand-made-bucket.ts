import {
  CreateBucketCommand,
  type LifecycleRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  type OwnershipControls,
  type PublicAccessBlockConfiguration,
  PutPublicAccessBlockCommand,
  S3Client,
  type ServerSideEncryptionByDefault,
  type VersioningConfiguration,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';

/** What CloudFormation is told of a bucket. */
interface BucketProperties {
  readonly BucketName?: string;
  readonly ObjectLockEnabled?: boolean;
  readonly BucketEncryption: {
    readonly ServerSideEncryptionConfiguration: readonly {
      readonly BucketKeyEnabled: boolean;
      readonly ServerSideEncryptionByDefault: ServerSideEncryptionByDefault;
    }[];
  };
  readonly LifecycleConfiguration: { readonly Rules: readonly BucketRule[] };
  readonly OwnershipControls: OwnershipControls;
  readonly PublicAccessBlockConfiguration: PublicAccessBlockConfiguration;
  readonly VersioningConfiguration: VersioningConfiguration;
}

interface BucketRule {
  readonly Id: string;
  readonly Status: 'Enabled' | 'Disabled';
  readonly ExpirationInDays?: number;
  readonly ExpiredObjectDeleteMarker?: boolean;
  readonly TagFilters?: readonly { readonly Key: string; readonly Value: string }[];
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
}

/** Makes a bucket with all that its properties say; gives its name, its own where they say none. */
export async function createBucket(
  properties: Readonly<Record<string, unknown>>,
  logicalId: string,
): Promise<string> {
  const wanted = properties as unknown as BucketProperties;
  const { BucketName: Bucket = `${logicalId.toLowerCase()}-${randomUUID()}` } = wanted;
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      ObjectLockEnabledForBucket: wanted.ObjectLockEnabled,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  );
  const { VersioningConfiguration, OwnershipControls, PublicAccessBlockConfiguration } = wanted;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  const { ServerSideEncryptionConfiguration: encryption } = wanted.BucketEncryption;
  const Rules = encryption.map(({ BucketKeyEnabled, ServerSideEncryptionByDefault }) => ({
    BucketKeyEnabled,
    ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault,
  }));
  const ServerSideEncryptionConfiguration = { Rules };
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  const LifecycleConfiguration = { Rules: wanted.LifecycleConfiguration.Rules.map(toRule) };
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  return Bucket;
}

/** In the words of S3's own API. */
function toRule(rule: BucketRule): LifecycleRule {
  const { ExpirationInDays, ExpiredObjectDeleteMarker, TagFilters, Id, ...rest } = rule;
  const [Tag] = TagFilters ?? [];
  return {
    ...rest,
    ID: Id,
    Filter: Tag === undefined ? { Prefix: '' } : { Tag },
    ...(ExpirationInDays !== undefined && { Expiration: { Days: ExpirationInDays } }),
    ...(ExpiredObjectDeleteMarker !== undefined && { Expiration: { ExpiredObjectDeleteMarker } }),
  };
}
