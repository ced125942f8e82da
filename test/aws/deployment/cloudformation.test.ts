import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { describeDeployed, LEFT_OUT } from './describe-deployed.ts';
import { HAND_MADE } from './hand-made.ts';

describeDeployed('what is kept, as it is deployed', (deployed) => {
  test('is made whole, but for what is listed', () => {
    const { assembly, all } = deployed();
    const types = assembly.stacks.flatMap(({ template }) =>
      Object.values(template.Resources).map(({ Type }) => Type),
    );
    const isMade = (type: string): boolean =>
      all(type).length > 0 && all(type).every(({ name }) => name !== undefined);
    const notMade = [...new Set(types)].filter((type) => !isMade(type));
    expect(notMade.sort()).toStrictEqual([...LEFT_OUT.keys()].sort());
    // Nothing is made by hand that is not there any more.
    expect(Object.keys(HAND_MADE).filter((type) => !isMade(type))).toStrictEqual([]);
  });

  test('keeps every version in its bucket, encrypted, locked, and from the public', async () => {
    const { environment, deployment, cluster, nameOf } = deployed();
    const s3 = new S3Client({ forcePathStyle: true });
    const Bucket = nameOf('AWS::S3::Bucket', 'VaultBucket');
    expect(Bucket).toBe(`holdfast-${environment}-orders-${deployment.account}`);
    expect(await s3.send(new GetBucketVersioningCommand({ Bucket }))).toMatchObject({
      Status: 'Enabled',
    });
    expect(await s3.send(new GetBucketEncryptionCommand({ Bucket }))).toMatchObject({
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            BucketKeyEnabled: true,
            ApplyServerSideEncryptionByDefault: {
              SSEAlgorithm: 'aws:kms',
              KMSMasterKeyID: expect.stringMatching(/^arn:aws:kms:.+:key\/.+/),
            },
          },
        ],
      },
    });
    expect(await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).toMatchObject({
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
    });
    expect(await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).toMatchObject({
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(Rules).toMatchObject([
      { ID: 'AbortUploads', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      {
        ID: 'ExpireWhatIsDue',
        Filter: { Tag: { Key: 'holdfast-expiry', Value: 'due' } },
        Expiration: { Days: 1 },
      },
      {
        ID: 'RemoveHiddenVersions',
        NoncurrentVersionExpiration: { NoncurrentDays: cluster.retention.undeleteDays },
        Expiration: { ExpiredObjectDeleteMarker: true },
      },
    ]);
    // Any rule without the tag would let objects expire by their age.
    const expiring = Rules.filter(
      ({ Expiration }) => Expiration?.Days !== undefined || Expiration?.Date !== undefined,
    );
    expect(expiring.map(({ ID }) => ID)).toEqual(['ExpireWhatIsDue']);
  });

  test('has a volume of its own for the data, as large and fast as its file says', async () => {
    const { cluster, nameOf } = deployed();
    const VolumeIds = [nameOf('AWS::EC2::Volume')];
    const { Volumes } = await new EC2Client().send(new DescribeVolumesCommand({ VolumeIds }));
    expect(Volumes).toMatchObject([
      {
        VolumeType: 'gp3',
        Size: cluster.volume.sizeGiB,
        Iops: cluster.volume.iops,
        Throughput: cluster.volume.throughputMiBps,
        Encrypted: true,
        KmsKeyId: expect.stringMatching(/^arn:aws:kms:/),
        AvailabilityZone: 'eu-central-1a',
      },
    ]);
  });

  test('has a secret for each role, under the cluster’s key', async () => {
    const { nameOf } = deployed();
    const secrets = new SecretsManagerClient();
    for (const [id, username] of [
      ['BackupRole', 'holdfast_backup'],
      ['MonitorRole', 'holdfast_monitor'],
    ] as const) {
      const SecretId = nameOf('AWS::SecretsManager::Secret', id);
      const { KmsKeyId } = await secrets.send(new DescribeSecretCommand({ SecretId }));
      expect(KmsKeyId).toMatch(/^arn:aws:kms:/);
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
      expect(JSON.parse(SecretString ?? '')).toStrictEqual({
        username,
        password: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
      });
    }
  });

  test('has an empty secret for the keys that sign certificates, under the cluster’s key', async () => {
    const SecretId = deployed().nameOf('AWS::SecretsManager::Secret', 'Authority');
    const secrets = new SecretsManagerClient();
    const { KmsKeyId } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    expect(KmsKeyId).toMatch(/^arn:aws:kms:/);
    await expect(secrets.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
