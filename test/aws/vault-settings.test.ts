import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { lifecycleRules } from '../../lib/core/adapters/aws/s3-lifecycle-rules.ts';
import { s3VaultSettings } from '../../lib/core/adapters/aws/s3-vault-settings.ts';
import { codeOf } from '../contract/store-helpers.ts';
import { describeAws } from './control-plane.ts';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1';
const POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'NobodyDeletes',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Resource: '*',
    },
    { Sid: 'NotMe', Effect: 'Deny', Principal: { AWS: 'me' }, Action: 's3:*', Resource: '*' },
    { Sid: 'Mine', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' },
  ],
};

/** A bucket that no other test has. */
async function makeBucket(): Promise<{ client: S3Client; Bucket: string }> {
  const client = new S3Client({ forcePathStyle: true });
  const Bucket = `settings-${randomBytes(4).toString('hex')}`;
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await client.send(
    new CreateBucketCommand({
      Bucket,
      CreateBucketConfiguration,
      ObjectLockEnabledForBucket: true,
    }),
  );
  return { client, Bucket };
}

describeAws('s3VaultSettings', () => {
  test('reads every setting of a bucket', async () => {
    const { client, Bucket } = await makeBucket();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    await client.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 42 } },
        },
      }),
    );
    await client.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY },
            },
          ],
        },
      }),
    );
    await client.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    );
    await client.send(
      new PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      }),
    );
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'AbortUploads',
              Status: 'Enabled',
              Filter: { Prefix: '' },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
            },
            {
              ID: 'ExpireWhatIsDue',
              Status: 'Enabled',
              Filter: { Tag: { Key: 'expiry', Value: 'due' } },
              Expiration: { Days: 1 },
            },
            {
              ID: 'MoveWhatIsOld',
              Status: 'Enabled',
              Filter: { Prefix: 'prod/' },
              Transitions: [{ Days: 90, StorageClass: 'GLACIER_IR' }],
            },
            { ID: 'Off', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
          ],
        },
      }),
    );
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(POLICY) }));
    const { seen, unseen } = await s3VaultSettings(Bucket, client).read();
    expect(unseen).toEqual([]);
    expect(seen).toEqual({
      versioned: true,
      lock: { mode: 'GOVERNANCE', days: 42 },
      keyArn: KEY,
      blocksPublicAccess: true,
      ownsObjects: true,
      lifecycle: [
        { id: 'AbortUploads', abortUploadsDays: 7 },
        { id: 'ExpireWhatIsDue', tag: 'expiry=due', expireDays: 1 },
        {
          id: 'MoveWhatIsOld',
          prefix: 'prod/',
          moves: ['90 GLACIER_IR'],
        },
      ],
      denials: ['NobodyDeletes'],
      allowances: 1,
    });
  });

  test('sees that nobody has made a setting', async () => {
    const client = new S3Client({ forcePathStyle: true });
    const Bucket = `settings-${randomBytes(4).toString('hex')}`;
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const { seen } = await s3VaultSettings(Bucket, client).read();
    expect(seen).toMatchObject({
      versioned: false,
      lock: null,
      blocksPublicAccess: false,
      ownsObjects: false,
      lifecycle: [],
      denials: [],
      allowances: 0,
    });
  });

  test('fails when the bucket is gone', async () => {
    const client = new S3Client({ forcePathStyle: true });
    expect(await codeOf(s3VaultSettings('no-such-bucket-anywhere', client).read())).toBe(
      'AWS-ABSENT',
    );
  });

  test('says what it may not see, and sees the rest', async () => {
    const mock = mockClient(S3Client);
    const denied = Object.assign(new Error('no'), { name: 'AccessDenied' });
    mock.onAnyCommand().resolves({});
    mock.on(GetBucketVersioningCommand).rejects(denied);
    const { unseen, seen } = await s3VaultSettings('a', new S3Client({})).read();
    expect(unseen).toEqual([{ setting: 'versioned', why: expect.stringContaining('AWS-DENIED') }]);
    expect(Object.keys(seen)).not.toContain('versioned');
    expect(seen).toHaveProperty('lock', null);
    mock.restore();
  });
});

describe('lifecycleRules', () => {
  // The API server of tests does not keep sizes.
  test('takes the conditions of a rule that has several', () => {
    const And = {
      Prefix: 'prod/',
      ObjectSizeGreaterThan: 131_072,
      Tags: [{ Key: 'expiry', Value: 'due' }],
    };
    const rule = { ID: 'Several', Status: 'Enabled', Filter: { And } } as const;
    const hides = { NoncurrentVersionExpiration: { NoncurrentDays: 7 } };
    const Expiration = { ExpiredObjectDeleteMarker: true };
    expect(lifecycleRules([{ ...rule, ...hides, Expiration }])).toEqual([
      {
        id: 'Several',
        prefix: 'prod/',
        largerThanBytes: 131_072,
        tag: 'expiry=due',
        removeHiddenDays: 7,
        removesMarkers: true,
      },
    ]);
  });
});
