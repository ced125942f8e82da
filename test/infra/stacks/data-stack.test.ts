import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { resourceStatements } from '../support/policies.ts';
import { clusterOf } from '../support/inputs.ts';
import { objectOf, objectsOf, type Resource } from '../support/resources.ts';
import { synthesize, type Synthesis } from '../support/synthesis.ts';

const BREAK_GLASS = 'arn:aws:iam::111111111111:role/break-glass';
const synthesis = synthesize();
const template = synthesis.template('orders-Data');

/** The bucket of the archive is not the only one: the trail has one too. */
function archives(from: Synthesis): readonly Resource[] {
  return from.resources('AWS::S3::Bucket').filter(({ stack }) => stack === 'orders-Data');
}

describe("a cluster's data stack", () => {
  test('has a gp3 volume under the key of the cluster, in its zone', () => {
    template.hasResourceProperties('AWS::EC2::Volume', {
      AvailabilityZone: 'eu-central-1a',
      VolumeType: 'gp3',
      Size: 100,
      Iops: 3_000,
      Throughput: 125,
      Encrypted: true,
      KmsKeyId: Match.objectLike({ 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] }),
    });
  });

  test('has an archive whose name no other account and no other cluster has', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: 'holdfast-prod-orders-111111111111',
    });
  });

  test('keeps all versions in the archive, and could lock them', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
    });
  });

  test('lets nothing in the archive become public', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
  });

  test("encrypts the archive under the cluster's key, with few calls of it", () => {
    const [bucket] = archives(synthesis);
    expect(bucket?.properties['BucketEncryption']).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: 'aws:kms',
            KMSMasterKeyID: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
          },
        },
      ],
    });
  });

  test('expires what is tagged, removes it when the time to undelete is over, and ends uploads', () => {
    const [bucket] = archives(synthesize(clusterOf({ retention: { undeleteDays: 12 } })));
    expect(objectOf(bucket?.properties['LifecycleConfiguration'])['Rules']).toEqual([
      {
        Id: 'AbortUploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
      {
        Id: 'ExpireWhatIsDue',
        Status: 'Enabled',
        TagFilters: [{ Key: 'holdfast-expiry', Value: 'due' }],
        ExpirationInDays: 1,
      },
      {
        Id: 'RemoveHiddenVersions',
        Status: 'Enabled',
        NoncurrentVersionExpiration: { NoncurrentDays: 12 },
        ExpiredObjectDeleteMarker: true,
      },
    ]);
  });

  test('makes a password of its own for each role of PostgreSQL, under the key', () => {
    const secrets = synthesis
      .resources('AWS::SecretsManager::Secret')
      .filter(({ path }) => path.endsWith('Role'));
    expect(secrets.map(({ properties }) => properties['GenerateSecretString'])).toEqual(
      ['holdfast_backup', 'holdfast_monitor'].map((username) => ({
        SecretStringTemplate: JSON.stringify({ username }),
        GenerateStringKey: 'password',
        PasswordLength: 40,
        ExcludePunctuation: true,
      })),
    );
    for (const { properties } of secrets) {
      expect(properties['KmsKeyId']).toEqual({ 'Fn::GetAtt': ['Key961B73FD', 'Arn'] });
    }
  });

  test('has a place for the keys that sign certificates, under the key, where none is made up', () => {
    const authority = synthesis
      .resources('AWS::SecretsManager::Secret')
      .find(({ path }) => path === 'orders-Data/Authority');
    expect(authority?.properties).toEqual({
      Description: 'Holdfast: keys that sign the certificates of the server',
      KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
      Tags: [{ Key: 'holdfast-environment', Value: 'prod' }],
    });
  });

  test.each([
    ['nobody', clusterOf(), undefined],
    [
      'one role',
      clusterOf({ breakGlassRoleArn: BREAK_GLASS }),
      { 'aws:PrincipalArn': BREAK_GLASS },
    ],
  ])('lets %s end the key', (_, input, exception) => {
    const key = synthesize(input)
      .resources('AWS::KMS::Key')
      .find(({ stack }) => stack === 'orders-Data');
    const denial = (key === undefined ? [] : resourceStatements(key)).find(
      ({ effect }) => effect === 'Deny',
    );
    expect(denial?.actions).toEqual([
      'kms:DeleteImportedKeyMaterial',
      'kms:DisableKey',
      'kms:ScheduleKeyDeletion',
    ]);
    expect(denial?.principal).toEqual({ AWS: '*' });
    expect(denial?.condition['ArnNotEquals']).toEqual(exception);
  });

  test('tells other stacks ids and ARNs, and nothing of what they hold', () => {
    const { Outputs = {} } = template.toJSON() as { Outputs?: Record<string, { Value: unknown }> };
    const values = Object.values(Outputs).map(({ Value }) => JSON.stringify(Value));
    expect(values.length).toBeGreaterThan(0);
    expect(values.filter((value) => !/^\{"(Ref|Fn::GetAtt)":/.test(value))).toEqual([]);
  });

  test('bears the tag of its environment on all that can have one', () => {
    const untagged = synthesis
      .resources()
      .filter(({ stack, properties }) => stack === 'orders-Data' && !('Tags' in properties))
      .map(({ type }) => type);
    expect(untagged).toEqual(['AWS::KMS::Alias', 'AWS::S3::BucketPolicy']);
    expect(
      objectsOf(synthesis.resources('AWS::EC2::Volume')[0]?.properties['Tags']),
    ).toContainEqual({
      Key: 'holdfast-environment',
      Value: 'prod',
    });
  });
});
