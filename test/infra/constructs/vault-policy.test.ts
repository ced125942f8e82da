import { describe, expect, test } from 'vitest';
import { vaultPolicy, type VaultPolicyProps } from '../../../lib/infra/constructs/vault-policy.ts';
import { coveringSids } from '../support/covering-sids.ts';

const BUCKET = 'arn:aws:s3:::archive';
const KEY = 'arn:aws:kms:eu-central-1:111111111111:key/1';
const TAGGER = 'arn:aws:iam::111111111111:role/tagger';
const BREAK_GLASS = 'arn:aws:iam::111111111111:role/break-glass';
const ADMIN = 'arn:aws:iam::111111111111:role/admin';
const ANYBODY = { 'aws:PrincipalArn': ADMIN };
const SEGMENT = `${BUCKET}/orders/1-18/wal/00000001/00000000/000000010000000000000001.zst`;
const LEASE = `${BUCKET}/orders/1-18/lease/backup.json`;

const DEPLOYMENT = 'arn:aws:iam::111111111111:role/deployment';

const given: VaultPolicyProps = {
  bucketArn: BUCKET,
  keyArn: KEY,
  taggerRoleArn: TAGGER,
  deploymentRoleArn: DEPLOYMENT,
  lockRoleArn: 'arn:aws:iam::111111111111:role/locker',
  lock: { mode: 'governance', days: 43, longestDays: 373 },
};
const policy = vaultPolicy(given);

/** Which statements forbid a put of `resource`, whatever rights the caller has. */
function putting(
  resource: string,
  context: Record<string, string | string[]> = {},
): readonly string[] {
  return coveringSids(policy, {
    action: 's3:PutObject',
    resource,
    context: { ...ANYBODY, ...context },
  });
}

const CREATES = { 's3:ObjectCreationOperation': 'true' };
const IF_ABSENT = { 's3:if-none-match': '*' };
const IF_SAME = { 's3:if-match': '"etag"' };

describe('the policy of an archive', () => {
  test('forbids a put that could overwrite', () => {
    expect(putting(SEGMENT, CREATES)).toEqual(['NobodyOverwrites']);
    expect(putting(SEGMENT, { ...CREATES, ...IF_SAME })).toEqual(['NobodyOverwrites']);
    expect(putting(SEGMENT, { ...CREATES, ...IF_ABSENT })).toEqual([]);
  });

  test('lets parts of an upload pass, which carry no condition: its completion does', () => {
    expect(putting(SEGMENT, { 's3:ObjectCreationOperation': 'false' })).toEqual([]);
  });

  test('forbids a put of a lease that compares with nothing', () => {
    expect(putting(LEASE, CREATES)).toEqual(['LeasesAreComparedAndSwapped']);
    expect(putting(LEASE, { ...CREATES, ...IF_ABSENT })).toEqual([]);
    expect(putting(LEASE, { ...CREATES, ...IF_SAME })).toEqual([]);
  });

  test('forbids another key and another kind of encryption than the bucket has', () => {
    const safe = { ...CREATES, ...IF_ABSENT };
    const [kind, key] = [
      's3:x-amz-server-side-encryption',
      's3:x-amz-server-side-encryption-aws-kms-key-id',
    ];
    const kms = { ...safe, [kind]: 'aws:kms' };
    expect(putting(SEGMENT, { ...safe, [kind]: 'AES256' })).toContain('NoOtherEncryption');
    expect(putting(SEGMENT, { ...kms, [key]: `${KEY}2` })).toEqual(['NoOtherKey']);
    // S3 would take the account's own key for it.
    expect(putting(SEGMENT, kms)).toEqual(['NoOtherKey']);
    expect(putting(SEGMENT, { ...kms, [key]: KEY })).toEqual([]);
    expect(putting(SEGMENT, { ...safe, [`${kind}-customer-algorithm`]: 'AES256' })).toEqual([
      'NoKeyOfTheClient',
    ]);
    // Without a word of it, the bucket's own applies.
    expect(putting(SEGMENT, safe)).toEqual([]);
  });

  describe.each([
    ['s3:DeleteObject', 'NobodyDeletes'],
    ['s3:DeleteObjectVersion', 'NobodyDeletes'],
    ['s3:BypassGovernanceRetention', 'NobodyDeletes'],
    ['s3:DeleteBucketPolicy', 'NobodyDeletes'],
    ['s3:UpdateObjectEncryption', 'NobodyChangesKeys'],
    ['s3:ReplicateObject', 'NobodyReplicatesToHere'],
    ['s3:ReplicateDelete', 'NobodyReplicatesExpiryToHere'],
    ['s3:ReplicateTags', 'NobodyReplicatesExpiryToHere'],
  ])('as to %s', (action, sid) => {
    const resource = action.includes('Bucket') ? BUCKET : SEGMENT;
    const by = (arn: string, statements = policy): readonly string[] =>
      coveringSids(statements, { action, resource, context: { 'aws:PrincipalArn': arn } });

    test('forbids it to everybody, administrators and deployments too', () => {
      expect(by(ADMIN)).toEqual([sid]);
      expect(by(TAGGER)).toEqual([sid]);
      expect(by(DEPLOYMENT)).toEqual([sid]);
    });

    test('leaves it to the one role that is named for emergencies', () => {
      const withOne = vaultPolicy({ ...given, breakGlassRoleArn: BREAK_GLASS });
      expect(by(BREAK_GLASS, withOne)).toEqual([]);
      expect(by(TAGGER, withOne)).toEqual([sid]);
    });
  });

  test.each([
    's3:PutLifecycleConfiguration',
    's3:PutBucketVersioning',
    's3:PutBucketObjectLockConfiguration',
    's3:PutEncryptionConfiguration',
    's3:PutReplicationConfiguration',
    's3:PutBucketPolicy',
    's3:PutBucketPublicAccessBlock',
    's3:PutBucketOwnershipControls',
    's3:PutBucketNotification',
  ])('leaves %s to deployments, which say how objects are kept', (action) => {
    const by = (arn: string, statements = policy): readonly string[] =>
      coveringSids(statements, { action, resource: BUCKET, context: { 'aws:PrincipalArn': arn } });
    expect(by(DEPLOYMENT)).toEqual([]);
    expect(by(ADMIN)).toEqual(['OnlyDeploymentsChangeTheRules']);
    expect(by(BREAK_GLASS)).toEqual(['OnlyDeploymentsChangeTheRules']);
    expect(by(BREAK_GLASS, vaultPolicy({ ...given, breakGlassRoleArn: BREAK_GLASS }))).toEqual([]);
  });

  test('lets an empty bucket be deleted: S3 refuses to delete any other', () => {
    const request = { action: 's3:DeleteBucket', resource: BUCKET, context: ANYBODY };
    expect(coveringSids(policy, request)).toEqual([]);
  });

  describe('of tags', () => {
    const ACTIONS = ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'] as const;
    /** One tag, set by a role. */
    const tagging = (
      action: string,
      arn: string,
      key: string | undefined,
      value = '',
    ): readonly string[] =>
      coveringSids(policy, {
        action,
        resource: SEGMENT,
        context: {
          'aws:PrincipalArn': arn,
          ...(key !== undefined && {
            's3:RequestObjectTagKeys': [key],
            [`s3:RequestObjectTag/${key}`]: value,
          }),
        },
      });

    test.each(ACTIONS)('lets one role set one tag to one of two values: %s', (action) => {
      expect(tagging(action, TAGGER, 'holdfast-expiry', 'due')).toEqual([]);
      expect(tagging(action, TAGGER, 'holdfast-expiry', 'kept')).toEqual([]);
    });

    test.each(ACTIONS)('forbids another value, another tag, or none: %s', (action) => {
      expect(tagging(action, TAGGER, 'holdfast-expiry', 'now')).toEqual(['TwoValuesAreSet']);
      expect(tagging(action, TAGGER, 'owner', 'due')).toEqual(['OneTagIsSet', 'TwoValuesAreSet']);
      expect(tagging(action, TAGGER, undefined)).toEqual(['TwoValuesAreSet']);
    });

    test.each([...ACTIONS, 's3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'])(
      'forbids them to all other roles: %s',
      (action) => {
        expect(tagging(action, BREAK_GLASS, 'holdfast-expiry', 'due')).toContain('OneRoleTags');
      },
    );
  });
});
